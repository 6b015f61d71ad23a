// Events of channels, to iterate over.

import { Connection, type Surroundings } from "../connection.ts";
import { type Cursor, isEpoch, isSeq, parseCursor } from "../cursors.ts";
import type { Notice } from "../notices.ts";
import { type Followed, readEvent } from "./events.ts";
import { FollowRefused, Inbox } from "./inbox.ts";
import { surroundingsOf } from "./surroundings.ts";

const MAX_WAITING = 1000;

/** Where to begin: from now on, at the beginning of the log, so many events before now, or after a cursor. */
export type Begin = "latest" | "earliest" | { readonly last: number } | Cursor | string;

export interface FollowOptions {
  /** For all channels; `latest` if it is not said. */
  readonly since?: Begin;
  /** For some channels, instead of `since`. */
  readonly sinceOf?: Readonly<Record<string, Begin>>;
  /** Of a member or a bot; a page of the server's own needs none, its cookie says who reads. */
  readonly token?: string;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** So many events may wait to be taken; then the connection is left, and taken up again where it was. */
  readonly maxWaiting?: number;
}

/**
 * Events of the channels, each in order and once, over any number of reconnects, until one leaves the loop.
 *
 * A `reset` among them says that something was missed and why. Throws `FollowRefused` when a channel may not be
 * followed (any longer) or the server does not take the token, `RangeError` for a `since` that is none.
 */
export function follow(
  url: string | URL,
  channels: readonly string[],
  options: FollowOptions = {},
): AsyncGenerator<Followed, void, void> {
  return followOver(surroundingsOf(String(url), options.token ?? null), channels, options);
}

/** The same in surroundings of one's own. */
export async function* followOver(
  surroundings: Surroundings,
  channels: readonly string[],
  { since = "latest", sinceOf = {}, signal, maxWaiting = MAX_WAITING }: FollowOptions = {},
): AsyncGenerator<Followed, void, void> {
  const inbox = new Inbox(maxWaiting);
  const connection = new Connection(surroundings, (notice) => {
    take(notice, inbox, connection);
    if (inbox.isFull && !connection.isPaused) {
      connection.pause(true);
    }
  });
  for (const channel of channels) {
    const [cursor, backEvents] = beginOf(Object.hasOwn(sinceOf, channel) ? sinceOf[channel]! : since);
    connection.follow(channel, cursor, backEvents);
  }
  const stop = (): void => inbox.end(null);
  signal?.addEventListener("abort", stop);
  try {
    if (signal?.aborted || channels.length === 0) {
      return;
    }
    connection.start();
    for (let item = await inbox.take(); item !== null && !signal?.aborted; item = await inbox.take()) {
      yield item;
      if (connection.isPaused && inbox.hasRoom) {
        connection.pause(false);
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    connection.pause(true);
  }
}

function take(notice: Notice, inbox: Inbox, connection: Connection): void {
  switch (notice.kind) {
    case "event":
      // It is followed, so that its place is known.
      return inbox.put(readEvent(notice, connection.cursor(notice.channel)!.epoch));
    case "reset":
      return inbox.put(notice);
    case "refused":
      return inbox.end(new FollowRefused(notice.message, notice.channel, notice.code));
    case "unsubscribed":
      return inbox.end(new FollowRefused(`${notice.channel} is closed to us: ${notice.reason}`, notice.channel, null));
    case "state":
      if (notice.state === "stopped") {
        inbox.end(new FollowRefused("The server does not let us in: is the token right?", null, null));
      }
  }
}

/** A cursor, or how many events before now. */
function beginOf(begin: Begin): [cursor: Cursor | null, backEvents: number] {
  if (begin === "latest") {
    return [null, 0];
  }
  if (begin === "earliest") {
    return [null, Number.MAX_SAFE_INTEGER];
  }
  if (typeof begin === "object" && "last" in begin) {
    if (isSeq(begin.last)) {
      return [null, begin.last];
    }
  } else {
    const cursor = typeof begin === "string" ? parseCursor(begin) : begin;
    if (cursor !== null && isEpoch(cursor.epoch) && isSeq(cursor.seq)) {
      return [cursor, 0];
    }
  }
  throw new RangeError("One begins at latest, earliest, { last: n } or a cursor.");
}
