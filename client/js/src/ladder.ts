// Which transport to take: down when one cannot be had or does not live, up again when a better one can be had.

/** A WebSocket, server-sent events, or long poll: the same messages, the same cursors. */
export type Transport = "socket" | "stream" | "poll";

const RUNGS: readonly Transport[] = ["socket", "stream", "poll"];

export function isTransport(text: string | null): text is Transport {
  return RUNGS.includes(text as Transport);
}

/** So many tries in a row without a life of its own end a rung: fewer for one that has never worked for us. */
const TRIES = { unknown: 2, proven: 4 };
const LOWER_TRIES = { unknown: 1, proven: 2 };
/** A line that was alive so long did live, whatever ended it. */
const SETTLED_MS = 10_000;
/** Time from the first try until something is heard: after that there is no line, whatever it looks like. */
export const PATIENCE_MS = 10_000;
/** The first look for something better comes soon, and each one in vain makes the next wait longer. */
const FIRST_CLIMB_MS = 10_000;
const LAST_CLIMB_MS = 300_000;

export class Ladder {
  readonly #random: () => number;
  readonly #rungs: readonly Transport[];
  #vainClimbs = 0;
  #hasClimbed = false;
  #rung: number;
  #tries = 0;
  #proven = new Set<number>();
  #heardAtMs: number | null = null;
  #climbAtMs: number | null = null;
  #probeUntilMs: number | null = null;
  #probeRung = -1;

  /**
   * `first`: what worked last in this tab. A page that cannot have a WebSocket should not find that out anew each time.
   * `rungs`: those that there are, the best first.
   */
  constructor(random: () => number, first: Transport = "socket", rungs: readonly Transport[] = RUNGS) {
    this.#rungs = rungs;
    this.#rung = Math.max(0, rungs.indexOf(first));
    if (this.#rung > 0) {
      this.#proven.add(this.#rung);
    }
    this.#random = random;
  }

  get transport(): Transport {
    return this.#rungs[this.#rung]!;
  }

  /** When `check` has something to say. */
  get deadlineMs(): number {
    return this.#probeUntilMs ?? this.#climbAtMs ?? Infinity;
  }

  /** Whether a better rung is being tried, beside the line that works. */
  get isProbing(): boolean {
    return this.#probeUntilMs !== null;
  }

  /** The rung that is being tried. */
  get probedTransport(): Transport {
    return this.#rungs[this.#probeRung]!;
  }

  /** Something came over the line: it is a line. */
  heard(nowMs: number): void {
    if (this.#heardAtMs === null) {
      this.#heardAtMs = nowMs;
      this.#proven.add(this.#rung);
      this.#planClimb(nowMs);
    }
  }

  /** The line was left for reasons that are not its own: put aside, or told to come back. */
  left(): void {
    this.#heardAtMs = null;
    this.#climbAtMs = null;
    this.#probeUntilMs = null;
  }

  /**
   * The line is lost, or was never had. `isDead`: it was there, but silent. True if a lower rung is next: whoever waits
   * between tries need not wait long for what has not been tried yet.
   */
  lost(nowMs: number, isDead: boolean): boolean {
    const hasLived = this.#heardAtMs !== null && nowMs - this.#heardAtMs >= SETTLED_MS && !isDead;
    if (hasLived) {
      this.#tries = 0;
    } else {
      this.#tries += 1;
    }
    if (this.#hasClimbed) {
      this.#hasClimbed = false;
      this.#vainClimbs = hasLived ? 0 : this.#vainClimbs + 1;
    }
    this.left();
    const { unknown, proven } = this.#rung === 0 ? TRIES : LOWER_TRIES;
    if (this.#tries >= (this.#proven.has(this.#rung) ? proven : unknown)) {
      this.#moveTo((this.#rung + 1) % this.#rungs.length);
      return this.#rung > 0;
    }
    return false;
  }

  /** What is due: to try the next of the rungs above us, or to give up the one that is being tried. */
  check(nowMs: number): "probe" | "drop-probe" | null {
    if (nowMs < this.deadlineMs) {
      return null;
    }
    if (this.#probeUntilMs !== null) {
      this.probeFailed(nowMs);
      return "drop-probe";
    }
    this.#climbAtMs = null;
    this.#probeUntilMs = nowMs + PATIENCE_MS;
    this.#probeRung = (this.#probeRung + 1) % this.#rung;
    return "probe";
  }

  /** The rung that is being tried works: we stand on it now. */
  climbed(nowMs: number): void {
    this.#moveTo(this.#probeRung);
    this.#hasClimbed = true;
    this.left();
    this.heard(nowMs);
  }

  /** It does not, for now. */
  probeFailed(nowMs: number): void {
    this.#probeUntilMs = null;
    this.#vainClimbs += 1;
    this.#planClimb(nowMs);
  }

  #planClimb(nowMs: number): void {
    const longestMs = Math.min(LAST_CLIMB_MS, FIRST_CLIMB_MS * 2 ** Math.min(this.#vainClimbs, 30));
    this.#climbAtMs = this.#rung === 0 ? null : nowMs + longestMs * (0.5 + this.#random() / 2);
  }

  #moveTo(rung: number): void {
    this.#rung = rung;
    this.#tries = 0;
    this.#probeRung = -1;
  }
}
