// One followed channel: where it is and what it waits for. It outlives connections.

import { Backoff } from "./backoff.ts";
import type { Cursor } from "./cursors.ts";

/**
 * - waiting: to be subscribed on a connection from `retryAtMs` on
 * - asked: a `subscribe` is under way
 * - following: the server has accepted it on this connection
 */
export type Phase = "waiting" | "asked" | "following";

export class Subscription {
  readonly channel: string;
  readonly backoff: Backoff;
  cursor: Cursor | null;
  phase: Phase = "waiting";
  ref: number | null = null;
  head = 0;
  /** When to ask (waiting), or by when the answer is overdue (asked). */
  retryAtMs = 0;
  /** The answer to `subscribe` moved us already; the `reset` that says so in words may still follow. */
  isResetImplied = false;
  /** To begin so many events before the head, once that is known. */
  #backEvents: number;

  constructor(channel: string, cursor: Cursor | null, random: () => number, backEvents = 0) {
    this.#backEvents = backEvents;
    this.channel = channel;
    this.cursor = cursor;
    this.backoff = new Backoff(random);
  }

  get hasCaughtUp(): boolean {
    return this.phase === "following" && this.cursor !== null && this.cursor.seq >= this.head;
  }

  wait(retryAtMs: number): void {
    this.phase = "waiting";
    this.ref = null;
    this.retryAtMs = retryAtMs;
  }

  asked(ref: number, answerByMs: number): void {
    this.phase = "asked";
    this.ref = ref;
    this.retryAtMs = answerByMs;
    this.isResetImplied = false;
  }

  /** The server follows from `cursor`. True if that is not where we were: a reset, whether it says so or not. */
  accepted(cursor: Cursor, head: number): boolean {
    const held = this.cursor;
    this.phase = "following";
    this.ref = null;
    this.head = head;
    if (held !== null && held.epoch === cursor.epoch && cursor.seq <= held.seq && held.seq <= head) {
      return false; // what it repeats is dropped by its seq
    }
    this.cursor = cursor;
    this.isResetImplied = held !== null;
    return held !== null;
  }

  /** Only now are epoch and head known, without which there is no cursor to ask with. True if it is to be asked again. */
  goBack(): boolean {
    const events = this.#backEvents;
    this.#backEvents = 0;
    if (this.cursor === null || events === 0 || this.cursor.seq === 0) {
      return false;
    }
    this.cursor = { epoch: this.cursor.epoch, seq: Math.max(0, this.cursor.seq - events) };
    return true;
  }

  /** Take a `reset`; false if `accepted` has told of it before. */
  reset(cursor: Cursor): boolean {
    const held = this.cursor;
    const isKnown = this.isResetImplied && held !== null && held.epoch === cursor.epoch && held.seq === cursor.seq;
    this.isResetImplied = false;
    if (isKnown) {
      return false;
    }
    if (held === null || held.epoch !== cursor.epoch) {
      this.head = cursor.seq;
    }
    this.cursor = cursor;
    return true;
  }

  /** Where an event stands: the next one, one seen before, or one beyond a gap. */
  place(seq: number): "next" | "seen" | "gap" {
    const next = (this.cursor?.seq ?? 0) + 1;
    return seq === next ? "next" : seq < next ? "seen" : "gap";
  }

  advance(): void {
    if (this.cursor !== null) {
      this.cursor = { epoch: this.cursor.epoch, seq: this.cursor.seq + 1 };
      this.isResetImplied = false;
      this.backoff.reset();
    }
  }
}
