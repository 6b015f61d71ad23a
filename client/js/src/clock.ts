// A clock that sees sleep and never runs backwards.

/**
 * Milliseconds since it was made. Browsers disagree whether `performance.now()` counts the time asleep, and the wall
 * clock may be set back: so each step is the larger of what both say has passed.
 */
export class Clock {
  readonly #monotonic: () => number;
  readonly #wall: () => number;
  #lastMonotonicMs: number;
  #lastWallMs: number;
  #nowMs = 0;

  constructor(monotonic: () => number, wall: () => number) {
    this.#monotonic = monotonic;
    this.#wall = wall;
    this.#lastMonotonicMs = monotonic();
    this.#lastWallMs = wall();
  }

  nowMs(): number {
    const monotonicMs = this.#monotonic();
    const wallMs = this.#wall();
    this.#nowMs += Math.max(0, monotonicMs - this.#lastMonotonicMs, wallMs - this.#lastWallMs);
    this.#lastMonotonicMs = monotonicMs;
    this.#lastWallMs = wallMs;
    return this.#nowMs;
  }
}
