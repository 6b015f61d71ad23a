// Reading a page's list afresh while it is open: what an event does not say in figures, the server says again. Events
// that come meanwhile wait, so that nothing is counted twice or falls between.

import type { Event } from "../messages.ts";
import { type FreshPage, readFresh } from "./fresh.ts";

const MAX_HELD_EVENTS = 500;

/** After so long in the background a page has missed too much to be believed. */
const LONG_AWAY_MS = 30_000;

export interface RereadingOptions {
  /** Bring the list in line with the page as it is now. */
  readonly apply: (fresh: FreshPage) => void;
  /** An event that came while it was read; the list may know of it already. */
  readonly take: (event: Event) => void;
  /** The page cannot be had right now. */
  readonly fail?: () => void;
}

export class Rereading {
  readonly #options: RereadingOptions;
  #held: Event[] | null = null;
  #timer = 0;
  #atMs = Infinity;

  constructor(options: RereadingOptions) {
    this.#options = options;
  }

  /** Once, for all that happens meanwhile; all who look do it at another moment within the time. */
  within(spreadMs: number): void {
    const atMs = performance.now() + Math.random() * spreadMs;
    if (atMs < this.#atMs) {
      window.clearTimeout(this.#timer);
      this.#atMs = atMs;
      this.#timer = window.setTimeout(() => {
        this.#atMs = Infinity;
        void this.#read();
      }, atMs - performance.now());
    }
  }

  /** Whether the event waits for a reading; else it is to be taken now. */
  hold(event: Event): boolean {
    this.#held?.push(event);
    return this.#held !== null;
  }

  /** Read again whenever somebody comes back to the page: it may have missed signals. */
  onReturn(): void {
    let hiddenAtMs = Infinity;
    document.addEventListener("visibilitychange", () => {
      const wasLong = performance.now() - hiddenAtMs > LONG_AWAY_MS;
      hiddenAtMs = document.hidden ? performance.now() : Infinity;
      if (!document.hidden && wasLong) {
        this.within(0);
      }
    });
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.within(0));
  }

  async #read(): Promise<void> {
    if (this.#held !== null) {
      this.within(0); // one after the other
      return;
    }
    this.#held = [];
    const fresh = await readFresh();
    const held = this.#held;
    this.#held = null;
    if (fresh === null) {
      this.#options.fail?.();
    } else {
      this.#options.apply(fresh);
    }
    if (held.length > MAX_HELD_EVENTS) {
      this.within(0);
    } else {
      held.forEach((event) => this.#options.take(event));
    }
  }
}
