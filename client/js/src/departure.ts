// Leaving a server that stops: the new line is made before the old one is left.

import { Backoff } from "./backoff.ts";
import { type Ladder, PATIENCE_MS } from "./ladder.ts";
import type { Effect } from "./notices.ts";

export class Departure {
  readonly #backoff: Backoff;
  #atMs: number | null = null;
  #untilMs: number | null = null;

  constructor(random: () => number) {
    this.#backoff = new Backoff(random);
  }

  /** When to come back, by the server's word; null if it has said nothing, or we have come. */
  get atMs(): number | null {
    return this.#atMs;
  }

  /** Whether the new line is being made, beside the old one. */
  get isProbing(): boolean {
    return this.#untilMs !== null;
  }

  /** When `check` has something to say. */
  get deadlineMs(): number {
    return this.#untilMs ?? this.#atMs ?? Infinity;
  }

  told(atMs: number): void {
    this.#atMs = atMs;
  }

  /** What is due: to make the new line, or to give up the one that is being made. */
  check(nowMs: number): "probe" | "drop-probe" | null {
    if (nowMs < this.deadlineMs) {
      return null;
    }
    if (this.#untilMs !== null) {
      this.failed(nowMs);
      return "drop-probe";
    }
    this.#untilMs = nowMs + PATIENCE_MS;
    return "probe";
  }

  /** It could not be had: nobody has taken over yet. We stay where we are, and try again. */
  failed(nowMs: number): void {
    this.#untilMs = null;
    this.#atMs = nowMs + this.#backoff.nextMs();
  }

  /** We are elsewhere. */
  over(): void {
    this.#atMs = null;
    this.#untilMs = null;
    this.#backoff.reset();
  }
}

/** The one line that may be made beside the line that is there: to a better transport, or away from a server that stops. */
export class SecondLine {
  readonly #ladder: Ladder;
  readonly #departure: Departure;

  constructor(ladder: Ladder, departure: Departure) {
    this.#ladder = ladder;
    this.#departure = departure;
  }

  get deadlineMs(): number {
    return this.#whose.deadlineMs;
  }

  /** What is due. */
  check(nowMs: number): Effect | null {
    const step = this.#whose.check(nowMs);
    if (step !== "probe") {
      return step === null ? null : { kind: step };
    }
    const { isProbing, probedTransport, transport } = this.#ladder;
    return { kind: step, transport: isProbing ? probedTransport : transport };
  }

  /** Something came over it: it is the line now. False if nobody waits for it any more. */
  came(nowMs: number): boolean {
    if (this.#ladder.isProbing) {
      this.#ladder.climbed(nowMs);
    } else if (this.#departure.isProbing) {
      this.#ladder.left();
      this.#ladder.heard(nowMs);
    } else {
      return false;
    }
    this.#departure.over();
    return true;
  }

  /** It could not be had. */
  failed(nowMs: number): void {
    if (this.#ladder.isProbing) {
      this.#ladder.probeFailed(nowMs);
    } else if (this.#departure.isProbing) {
      this.#departure.failed(nowMs);
    }
  }

  get #whose(): Ladder | Departure {
    const isLaddersTurn = !this.#departure.isProbing && this.#ladder.deadlineMs <= this.#departure.deadlineMs;
    return this.#ladder.isProbing || isLaddersTurn ? this.#ladder : this.#departure;
  }
}
