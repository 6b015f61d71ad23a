// How long to wait before trying again: endless, jittered over the whole span, capped.

export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

export const DEFAULT_BACKOFF: BackoffLimits = { baseMs: 1000, capMs: 30_000 };

/**
 * Full jitter: a wait is drawn evenly from 0 to `baseMs * 2^attempt`, at most `capMs`, so that a thousand clients
 * that lost one server do not come back together. A server's `retryAfterMs` is the least wait, with jitter on top.
 */
export class Backoff {
  readonly #random: () => number;
  readonly #limits: BackoffLimits;
  #attempts = 0;

  constructor(random: () => number, limits: BackoffLimits = DEFAULT_BACKOFF) {
    this.#random = random;
    this.#limits = limits;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** The next wait in milliseconds. */
  nextMs(retryAfterMs: number | null = null): number {
    const spanMs = Math.min(this.#limits.capMs, this.#limits.baseMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return Math.round((retryAfterMs ?? 0) + this.#random() * spanMs);
  }

  /** The longest wait: for what is not expected to go better soon. */
  longestMs(): number {
    this.#attempts += 1;
    return Math.round(this.#limits.capMs * (0.5 + this.#random() / 2));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
