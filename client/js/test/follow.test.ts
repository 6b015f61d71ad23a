// `follow` over lines that the test makes: order, once, back to where it was, and the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import type { Socket, SocketEvents, Surroundings } from "../src/connection.ts";
import type { Followed } from "../src/follow/events.ts";
import { type FollowOptions, followOver } from "../src/follow/follow.ts";
import { FollowRefused } from "../src/follow/inbox.ts";
import type { ClientMessage } from "../src/messages.ts";
import { toArray } from "../src/shapes.ts";

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
  followOver(server, [CHANNEL], options);

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
  for (const since of ["yesterday", { last: -1 }, { epoch: "E!", seq: 1 }]) {
    await assert.rejects(follow(new Server(), { since }).next(), RangeError);
  }
});
