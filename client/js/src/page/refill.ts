// Reading a page afresh after a `reset`, while its channel goes on.

import { Backoff } from "../backoff.ts";
import type { Event } from "../messages.ts";
import { ApiError, type ThreadPage } from "./api.ts";

const MAX_HELD_EVENTS = 500;

export interface RefillOptions {
  readonly read: () => Promise<ThreadPage>;
  /** The page as it is now; then the events that came while it was read. */
  readonly apply: (page: ThreadPage, held: readonly Event[]) => void;
  /** It may not be read any more. */
  readonly refused: () => void;
  readonly random: () => number;
  readonly sleep: (delayMs: number) => Promise<void>;
}

export class Refill {
  readonly #options: RefillOptions;
  #held: Event[] = [];
  #run = 0;
  #isRunning = false;

  constructor(options: RefillOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Begin, or begin again: what was being read is out of date. */
  begin(): void {
    this.#run += 1;
    this.#held = [];
    this.#isRunning = true;
    void this.#readOn(this.#run);
  }

  /** Keep an event until the page is read; with too many of them, read once more instead. */
  hold(event: Event): void {
    this.#held.push(event);
    if (this.#held.length > MAX_HELD_EVENTS) {
      this.begin();
    }
  }

  async #readOn(run: number): Promise<void> {
    const backoff = new Backoff(this.#options.random);
    while (run === this.#run) {
      try {
        const page = await this.#options.read();
        if (run === this.#run) {
          this.#finish(page);
        }
        return;
      } catch (error) {
        if (run === this.#run && isFinal(error)) {
          this.#isRunning = false;
          this.#options.refused();
          return;
        }
      }
      await this.#options.sleep(backoff.nextMs());
    }
  }

  #finish(page: ThreadPage): void {
    const held = this.#held;
    this.#held = [];
    this.#isRunning = false;
    this.#options.apply(page, held);
  }
}

function isFinal(error: unknown): boolean {
  return !(error instanceof ApiError) || [401, 403, 404, 410].includes(error.status);
}
