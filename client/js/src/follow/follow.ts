// Events of channels, to iterate over.

import { Connection, type Surroundings } from "../connection.ts";
import type { Cursor } from "../cursors.ts";
import type { Notice } from "../notices.ts";
import { readLog } from "../sharing/log.ts";
import { type Begin, type Place, placeOf, type ReadLog, TimeSearch } from "./beginning.ts";
import { type Followed, readEvent } from "./events.ts";
import { FollowRefused, Inbox } from "./inbox.ts";
import { Keeper, type Store } from "./keeper.ts";
import { surroundingsOf } from "./surroundings.ts";

const MAX_WAITING = 1000;

export interface FollowOptions {
  /** For all channels; `latest` if it is not said. */
  readonly since?: Begin;
  /** For some channels, instead of `since`. */
  readonly sinceOf?: Readonly<Record<string, Begin>>;
  /** Keeps the place of what was handled; where it has one, `since` does not count. */
  readonly store?: Store;
  /** Of a member or a bot; a page of the server's own needs none, its cookie says who reads. */
  readonly token?: string;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** So many events may wait to be taken; then the connection is left, and taken up again where it was. */
  readonly maxWaiting?: number;
}

/** What is needed of the world. */
export interface World {
  readonly surroundings: Surroundings;
  readonly readLog: ReadLog;
}

/**
 * Events of the channels, each in order and once, over any number of reconnects, until one leaves the loop.
 *
 * An event counts as handled when the next one is asked for. A `reset` among them says that something was missed and
 * why. Throws `FollowRefused` when a channel may not be followed (any longer) or the server does not take the token,
 * `RangeError` for a `since` that is none, and what the store throws.
 */
export function follow(
  url: string | URL,
  channels: readonly string[],
  options: FollowOptions = {},
): AsyncGenerator<Followed, void, void> {
  const token = options.token ?? null;
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const world = {
    surroundings: surroundingsOf(String(url), token),
    readLog: (channel: string, after: Cursor, until: number) => readLog(channel, after, until, String(url), headers),
  };
  return followOver(world, channels, options);
}

/** The same in a world of one's own. */
export async function* followOver(
  { surroundings, readLog }: World,
  channels: readonly string[],
  { since = "latest", sinceOf = {}, store, signal, maxWaiting = MAX_WAITING }: FollowOptions = {},
): AsyncGenerator<Followed, void, void> {
  const inbox = new Inbox(maxWaiting);
  const connection = new Connection(surroundings, (notice) => {
    take(notice, inbox, connection);
    if (inbox.isFull && !connection.isPaused) {
      connection.pause(true);
    }
  });
  const keeper = store && new Keeper(store, () => surroundings.nowMs());
  const kept = (await keeper?.read()) ?? {};
  const begins = channels.map((channel) => {
    const begin = Object.hasOwn(sinceOf, channel) ? sinceOf[channel]! : since;
    return [channel, placeOf(Object.hasOwn(kept, channel) ? kept[channel]! : begin)] as const;
  });
  const stop = (): void => inbox.end(null);
  signal?.addEventListener("abort", stop);
  try {
    if (signal?.aborted || channels.length === 0) {
      return;
    }
    await begin(connection, begins, new TimeSearch(readLog, surroundings.random, signal));
    connection.start();
    for (let item = await inbox.take(); item !== null && !signal?.aborted; item = await inbox.take()) {
      yield item;
      await keeper?.handled(item.channel, item.cursor, inbox.isEmpty);
      if (connection.isPaused && inbox.hasRoom) {
        connection.pause(false);
      }
    }
  } catch (error) {
    if (!signal?.aborted) {
      throw error;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    connection.pause(true);
    await keeper?.write();
  }
}

async function begin(
  connection: Connection,
  begins: readonly (readonly [channel: string, place: Place])[],
  search: TimeSearch,
): Promise<void> {
  for (const [channel, place] of begins) {
    const [cursor, backEvents] = place instanceof Date ? [await search.find(channel, place), 0] : place;
    connection.follow(channel, cursor, backEvents);
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
