// Whether the line still lives: silence is answered with a ping, an unanswered ping means that it is dead.

/** A timer that fires later than this was held up: the machine slept, or the tab was throttled. */
const OVERSLEPT_MS = 2000;

export const PROBE_MS = 5000;

export type Pulse = "alive" | "ask" | "dead";

/** Anything that arrives is a sign of life; asking sets the time by which something must have arrived. */
export class Heartbeat {
  readonly #intervalMs: number;
  #heardMs: number;
  #answerByMs: number | null = null;
  #overslept = false;

  constructor(intervalMs: number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#heardMs = nowMs;
  }

  get deadlineMs(): number {
    return this.#answerByMs ?? this.#heardMs + this.#intervalMs;
  }

  get isWaiting(): boolean {
    return this.#answerByMs !== null;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#answerByMs = null;
    this.#overslept = false;
  }

  asked(nowMs: number, graceMs: number = this.#intervalMs): void {
    this.#answerByMs = nowMs + graceMs;
  }

  /** What to do now. After a late timer the answer may lie unread in the socket: ask once more, briefly. */
  check(nowMs: number): Pulse {
    if (nowMs < this.deadlineMs) {
      return "alive";
    }
    if (this.#answerByMs === null) {
      return "ask";
    }
    if (nowMs > this.#answerByMs + OVERSLEPT_MS && !this.#overslept) {
      this.#overslept = true;
      return "ask";
    }
    return "dead";
  }
}
