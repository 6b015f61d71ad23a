// `follow` over lines that the test makes: order, once, back to where it was, and the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import type { Socket, SocketEvents, Surroundings } from "../src/connection.ts";
import type { Followed } from "../src/follow/events.ts";
import type { Cursor } from "../src/cursors.ts";
import { type FollowOptions, followOver } from "../src/follow/follow.ts";
import { FollowRefused } from "../src/follow/inbox.ts";
import { type Kept, keepInStorage, type Store } from "../src/follow/keeper.ts";
import type { ClientMessage } from "../src/messages.ts";
import { toArray } from "../src/shapes.ts";
import type { LogAnswer } from "../src/sharing/log.ts";

const CHANNEL = "thread:17";
const POST = { post: { id: 5, version: 1 }, thread: { id: 17, version: 3 } };
type Ask = [kind: string, ref: number, items: [string, [string, number] | null][]];

/** A server with one log, which says on each line what is left to be said. */
class Server implements Surroundings {
  readonly lastTransport = "socket";
  readonly transports = ["socket"] as const;
  readonly asked: Ask[] = [];
  head = 0;
  epoch = "e1";
  events: SocketEvents | null = null;
  lineCount = 0;
  reads = 0;
  failures = 0;
  refusal: unknown[] | null = null;

  openSocket(_transport: string, events: SocketEvents): Socket {
    this.lineCount += 1;
    this.events = events;
    queueMicrotask(() => {
      events.opened();
      events.received(encode(["hello", { heartbeat_ms: 25_000 }]));
    });
    return { send: (message) => this.#hear(message, events), close: () => (this.events = null) };
  }

  #hear(message: ClientMessage, events: SocketEvents): void {
    if (message.kind !== "subscribe") {
      return;
    }
    const ask = toArray(message) as Ask;
    this.asked.push(ask);
    const [channel, cursor] = ask[2][0]!;
    queueMicrotask(() => {
      const from = cursor?.[0] === this.epoch && cursor[1] <= this.head ? cursor[1] : this.head;
      events.received(encode(["subscribed", ask[1], [this.refusal ?? [channel, [this.epoch, from], this.head]]]));
      this.say(from + 1, this.head, events);
    });
  }

  say(first: number, last = first, events = this.events): void {
    for (let seq = first; seq <= last && events === this.events; seq += 1) {
      this.head = Math.max(this.head, seq);
      events?.received(encode(["event", CHANNEL, seq, "post.created", POST]));
    }
  }

  /** The post with this seq was written at as many minutes; every third event is no post. */
  readLog = async (channel: string, after: Cursor, until: number): Promise<LogAnswer> => {
    this.reads += 1;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error("nobody there");
    }
    if (channel !== CHANNEL) {
      return { kind: "refused", code: 4204, message: "There is no such channel." };
    }
    if (after.epoch !== this.epoch) {
      return { kind: "reset", cursor: { epoch: this.epoch, seq: this.head }, reason: "epoch" };
    }
    const last = Math.min(until, after.seq + 4);
    const seqs = Array.from({ length: Math.max(0, last - after.seq) }, (_, at) => after.seq + 1 + at);
    const events = seqs.map((seq) => ({
      kind: "event" as const,
      channel,
      seq,
      name: seq % 3 === 0 ? "post.rated" : "post.created",
      data: { post: { created_ms: seq * 60_000 } },
    }));
    return { kind: "events", events, cursor: { epoch: this.epoch, seq: Math.max(after.seq, last) } };
  };

  remember(): void {}
  nowMs = (): number => performance.now();
  random = (): number => 0;
  setTimer = (callback: () => void, delayMs: number): number => Number(setTimeout(callback, delayMs));
  clearTimer = (timer: number): void => clearTimeout(timer);
  reportError = (error: unknown): void => assert.fail(String(error));
}

async function takeSeqs(events: AsyncGenerator<Followed>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  for (let taken = 0; taken < count; taken += 1) {
    const { value } = await events.next();
    seqs.push((value as Followed & { seq: number }).seq);
  }
  return seqs;
}

const follow = (server: Server, options?: FollowOptions): AsyncGenerator<Followed> =>
  followOver({ surroundings: server, readLog: server.readLog }, [CHANNEL], options);

test("events come once and in order, with their cursors, over a line that breaks", async () => {
  const server = new Server();
  server.head = 3;
  const events = follow(server, { since: "e1.1" });
  assert.deepEqual(await takeSeqs(events, 2), [2, 3]);
  server.say(3);
  server.events!.closed(1006);
  server.head = 5;
  const { value } = await events.next();
  assert.deepEqual(value, { kind: "event", channel: CHANNEL, seq: 4, cursor: { epoch: "e1", seq: 4 }, name: "post.created", data: POST });
  assert.deepEqual(await takeSeqs(events, 1), [5]);
  assert.deepEqual(server.asked.map(([, , items]) => items[0]![1]), [["e1", 1], ["e1", 3]]);
  await events.return(undefined);
  assert.equal(server.events, null);
});

test("one begins at the beginning, or so many events before now", async () => {
  for (const [since, first] of [["earliest", 1], [{ last: 2 }, 4], [{ last: 100 }, 1]] as const) {
    const server = new Server();
    server.head = 5;
    const events = follow(server, { since });
    assert.deepEqual(await takeSeqs(events, 6 - first), [1, 2, 3, 4, 5].slice(first - 1));
    await events.return(undefined);
  }
});

test("another log is told of before its events", async () => {
  const server = new Server();
  server.head = 4;
  const events = follow(server, { sinceOf: { [CHANNEL]: { epoch: "e0", seq: 9 } } });
  const { value } = await events.next();
  assert.deepEqual(value, { kind: "reset", channel: CHANNEL, cursor: { epoch: "e1", seq: 4 }, reason: "moved" });
  server.say(5);
  assert.deepEqual(await takeSeqs(events, 1), [5]);
  await events.return(undefined);
});

test("who takes slowly holds a bounded number, and misses nothing", async () => {
  const server = new Server();
  server.head = 400;
  const events = follow(server, { since: "earliest", maxWaiting: 10 });
  assert.deepEqual(await takeSeqs(events, 400), Array.from({ length: 400 }, (_, at) => at + 1));
  assert.ok(server.lineCount >= 40 && server.lineCount <= 90, `${server.lineCount} lines`);
  await events.return(undefined);
});

test("a channel that may not be followed ends the loop, after what came before", async () => {
  const server = new Server();
  server.head = 1;
  const events = follow(server, { since: "earliest" });
  await takeSeqs(events, 1);
  server.say(2);
  server.events!.received(encode(["unsubscribed", CHANNEL, "forbidden"]));
  assert.deepEqual(await takeSeqs(events, 1), [2]);
  await assert.rejects(events.next(), FollowRefused);
  assert.equal(server.events, null);
  const other = new Server();
  other.refusal = [CHANNEL, [4204, "There is no such channel.", null]];
  await assert.rejects(follow(other).next(), { name: "FollowRefused", channel: CHANNEL, code: 4204 });
});

test("a signal ends a loop that waits", async () => {
  const server = new Server();
  const ending = new AbortController();
  const events = follow(server, { signal: ending.signal });
  const next = events.next();
  ending.abort();
  assert.deepEqual(await next, { value: undefined, done: true });
  assert.equal(server.events, null);
});

test("an event of a later release is given as it came", async () => {
  const server = new Server();
  const events = follow(server, { since: "e1.0" });
  const next = events.next();
  await new Promise(setImmediate); // it is followed by then
  server.events!.received(encode(["event", CHANNEL, 1, "post.sung", { song: 1 }]));
  assert.equal((await next).value?.kind, "other");
  server.events!.received(encode(["event", CHANNEL, 2, "post.created", { post: null }]));
  assert.equal((await events.next()).value?.kind, "other");
  await events.return(undefined);
});

test("what is no beginning is refused at once", async () => {
  for (const since of ["yesterday", { last: -1 }, { epoch: "E!", seq: 1 }, new Date("yesterday")]) {
    await assert.rejects(follow(new Server(), { since }).next(), RangeError);
  }
});

test("one begins at a time: behind the last post that was written before", async () => {
  const places = [[0, 0], [7, 5], [6.5, 5], [8.5, 8], [9, 8], [100, 98], [100.5, 100]] as const;
  for (const [minutes, place] of places) {
    const server = new Server();
    server.head = 100;
    server.failures = 1;
    const events = follow(server, { since: new Date(minutes * 60_000) });
    const next = takeSeqs(events, 1);
    for (let turn = 0; turn < 1000 && server.asked.length === 0; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.deepEqual(server.asked[0]?.[2][0]?.[1], ["e1", place], `at ${minutes} minutes`);
    server.say(101);
    assert.deepEqual(await next, [place + 1]);
    assert.ok(server.reads < 20);
    await events.return(undefined);
  }
});

test("a channel that may not be read has no time to begin at, and a signal ends the search", async () => {
  const server = new Server();
  const world = { surroundings: server, readLog: server.readLog };
  await assert.rejects(followOver(world, ["thread:9"], { since: new Date() }).next(), { code: 4204 });
  const ending = new AbortController();
  const next = follow(Object.assign(server, { failures: 1e9 }), { since: new Date(), signal: ending.signal }).next();
  setImmediate(() => ending.abort());
  assert.deepEqual(await next, { value: undefined, done: true });
});

/** Keeps in memory, and remembers each write. */
class MemoryStore implements Store {
  readonly writes: Kept[] = [];
  kept: Kept = {};
  read = (): Kept => this.kept;
  write = (kept: Kept): void => void this.writes.push((this.kept = kept));
}

test("a place is kept when its event was handled, and gone on from the next time", async () => {
  const server = new Server();
  const store = new MemoryStore();
  server.head = 3;
  const events = follow(server, { since: "earliest", store });
  assert.deepEqual(await takeSeqs(events, 3), [1, 2, 3]);
  await events.return(undefined); // the third was taken, and nobody says that it was handled
  assert.deepEqual(store.kept, { [CHANNEL]: "e1.2" });
  server.head = 4;
  const again = follow(server, { since: "latest", store });
  assert.deepEqual(await takeSeqs(again, 2), [3, 4]);
  const waiting = again.next();
  await new Promise(setImmediate);
  assert.deepEqual(store.kept, { [CHANNEL]: "e1.4" }, "nothing else waits: it is kept at once");
  server.say(5);
  await waiting;
  await again.return(undefined);
});

test("while many wait, places are not written one by one", async () => {
  const server = new Server();
  const store = new MemoryStore();
  server.head = 300;
  const events = follow(server, { since: "earliest", store });
  assert.equal((await takeSeqs(events, 300)).at(-1), 300);
  await events.return(undefined);
  assert.equal(store.kept[CHANNEL], "e1.299");
  assert.ok(store.writes.length < 30, `${store.writes.length} writes`);
});

test("a place that cannot be kept or read ends the loop", async () => {
  const server = new Server();
  server.head = 2;
  const store: Store = { read: () => ({}), write: () => Promise.reject(new Error("the disk is full")) };
  const events = follow(server, { since: "earliest", store });
  await takeSeqs(events, 1);
  await assert.rejects(events.next(), /disk is full/);
  assert.equal(server.events, null);
  const items = new Map([["place", "no JSON"]]);
  const storage = { getItem: (name: string) => items.get(name) ?? null, setItem: (name: string, text: string) => void items.set(name, text) };
  await assert.rejects(follow(server, { store: keepInStorage(storage, "place") }).next(), /item place of the storage cannot be read/);
  items.clear();
  const kept = follow(server, { since: "earliest", store: keepInStorage(storage, "place") });
  await takeSeqs(kept, 2);
  await kept.return(undefined);
  assert.equal(items.get("place"), '{"thread:17":"e1.1"}');
});
