// Where one begins in a channel, and the search in its log for a time.

import { Backoff } from "../backoff.ts";
import { type Cursor, isEpoch, isSeq, parseCursor } from "../cursors.ts";
import type { Event } from "../messages.ts";
import type { LogAnswer } from "../sharing/log.ts";
import { FollowRefused } from "./inbox.ts";

/**
 * From now on, at the beginning of the log, so many events before now, at the first post of this time or later, or
 * after a cursor.
 */
export type Begin = "latest" | "earliest" | { readonly last: number } | Date | Cursor | string;

/** Up to a block of events after a cursor; rejects where it is worth another try. */
export type ReadLog = (channel: string, after: Cursor, until: number) => Promise<LogAnswer>;

/** A cursor, or how many events before now; for a time, the time. */
export type Place = readonly [cursor: Cursor | null, backEvents: number] | Date;

const NO_LOG: Cursor = { epoch: "unknown", seq: 0 };
/** Blocks that are looked through for a post with a time, before one gives up. */
const MAX_BLOCKS = 1000;

/** Throws a `RangeError` for what is none. */
export function placeOf(begin: Begin): Place {
  if (begin === "latest") {
    return [null, 0];
  }
  if (begin === "earliest") {
    return [null, Number.MAX_SAFE_INTEGER];
  }
  if (begin instanceof Date) {
    if (!Number.isNaN(begin.getTime())) {
      return begin;
    }
  } else if (typeof begin === "object" && "last" in begin) {
    if (isSeq(begin.last)) {
      return [null, begin.last];
    }
  } else {
    const cursor = typeof begin === "string" ? parseCursor(begin) : begin;
    if (cursor !== null && isEpoch(cursor.epoch) && isSeq(cursor.seq)) {
      return [cursor, 0];
    }
  }
  throw new RangeError("One begins at latest, earliest, { last: n }, a Date or a cursor.");
}

/** The search, over any number of failures. Rejects with the signal's reason once it is aborted. */
export class TimeSearch {
  readonly #readLog: ReadLog;
  readonly #random: () => number;
  readonly #signal: AbortSignal | undefined;

  constructor(readLog: ReadLog, random: () => number, signal?: AbortSignal) {
    this.#readLog = readLog;
    this.#random = random;
    this.#signal = signal;
  }

  /** The place before the first post that was written at this time or later; the head if there is none. */
  async find(channel: string, at: Date): Promise<Cursor> {
    const head = await this.#head(channel);
    let [low, high] = [0, head.seq]; // every post up to low is older, none after high is
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = await this.#postAfter(channel, { ...head, seq: middle }, high);
      if (found !== null && found.createdMs < at.getTime()) {
        low = found.seq;
      } else {
        high = middle;
      }
    }
    return { epoch: head.epoch, seq: low };
  }

  /** A cursor of no log is refused, and the refusal says where the log is. */
  async #head(channel: string): Promise<Cursor> {
    const answer = await this.#read(channel, NO_LOG, 0);
    return answer.kind === "reset" ? answer.cursor : { ...NO_LOG };
  }

  /** Seq and time of the first new post after a cursor that tells its time; null if there is none up to `until`. */
  async #postAfter(channel: string, after: Cursor, until: number): Promise<{ seq: number; createdMs: number } | null> {
    for (let block = 0; block < MAX_BLOCKS; block += 1) {
      const answer = await this.#read(channel, after, until);
      if (answer.kind === "reset") {
        return null; // the log is another meanwhile: what is followed from the old one is reset as well
      }
      for (const event of answer.events) {
        const createdMs = timeOf(event);
        if (createdMs !== null) {
          return { seq: event.seq, createdMs };
        }
      }
      if (answer.cursor.seq >= until) {
        return null;
      }
      after = answer.cursor;
    }
    throw new FollowRefused(`${channel} has too many events without a time to begin at one: give a cursor.`, channel, null);
  }

  async #read(channel: string, after: Cursor, until: number): Promise<Exclude<LogAnswer, { kind: "refused" }>> {
    const backoff = new Backoff(this.#random);
    for (;;) {
      this.#signal?.throwIfAborted();
      try {
        const answer = await this.#readLog(channel, after, until);
        if (answer.kind !== "refused") {
          return answer;
        }
        throw new FollowRefused(answer.message, channel, answer.code);
      } catch (error) {
        if (error instanceof FollowRefused) {
          throw error;
        }
      }
      await pause(backoff.nextMs(), this.#signal);
    }
  }
}

function timeOf({ name, data }: Event): number | null {
  const post = name === "post.created" ? (data["post"] as { created_ms?: unknown } | null | undefined) : null;
  return typeof post?.created_ms === "number" ? post.created_ms : null;
}

/** Ends early when the signal is aborted. */
async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
