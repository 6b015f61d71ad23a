// The shell: sockets one after the other, a timer, and a listener that may fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { Connection, type Socket, type SocketEvents, type Surroundings } from "../src/connection.ts";
import type { Transport } from "../src/ladder.ts";
import type { ClientMessage } from "../src/messages.ts";
import type { Notice } from "../src/notices.ts";
import { toArray } from "../src/shapes.ts";

class FakeSocket implements Socket {
  readonly sent: unknown[][] = [];
  isClosed = false;
  readonly transport: Transport;
  readonly events: SocketEvents;

  constructor(transport: Transport, events: SocketEvents) {
    this.transport = transport;
    this.events = events;
  }

  send(message: ClientMessage): void {
    this.sent.push(toArray(message));
  }

  close(): void {
    this.isClosed = true;
  }

  says(...messages: unknown[][]): void {
    messages.forEach((message) => this.events.received(encode(message)));
  }
}

class FakeSurroundings implements Surroundings {
  readonly sockets: FakeSocket[] = [];
  readonly errors: unknown[] = [];
  readonly remembered: Transport[] = [];
  lastTransport: Transport = "socket";
  timer: { callback: () => void; atMs: number } | null = null;
  timeMs = 0;

  openSocket(transport: Transport, events: SocketEvents): Socket {
    const socket = new FakeSocket(transport, events);
    this.sockets.push(socket);
    return socket;
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  remember(transport: Transport): void {
    this.remembered.push(transport);
  }

  nowMs(): number {
    return this.timeMs;
  }

  random(): number {
    return 0.5;
  }

  setTimer(callback: () => void, delayMs: number): number {
    this.timer = { callback, atMs: this.timeMs + delayMs };
    return 1;
  }

  clearTimer(): void {
    this.timer = null;
  }

  reportError(error: unknown): void {
    this.errors.push(error);
  }

  /** The timer fires, as late as it is told to. */
  fire(lateMs = 0): void {
    const { callback, atMs } = this.timer!;
    this.timer = null;
    this.timeMs = atMs + lateMs;
    callback();
  }
}

function liveConnection(listener: (notice: Notice) => void = () => {}): [Connection, FakeSurroundings] {
  const surroundings = new FakeSurroundings();
  const connection = new Connection(surroundings, listener);
  connection.follow("thread:1", { epoch: "e", seq: 0 });
  connection.start();
  surroundings.socket.events.opened();
  surroundings.socket.says(["hello", { heartbeat_ms: 1000 }], ["subscribed", 1, [["thread:1", ["e", 0], 0]]]);
  return [connection, surroundings];
}

const event = (seq: number): unknown[] => ["event", "thread:1", seq, "post.created", {}];

test("a listener that fails loses no event", () => {
  const seen: number[] = [];
  const [, surroundings] = liveConnection((notice) => {
    if (notice.kind === "event") {
      seen.push(notice.seq);
      throw new Error("of the page");
    }
  });
  surroundings.socket.says(event(1), event(2));
  assert.deepEqual(seen, [1, 2]);
  assert.equal(surroundings.errors.length, 2);
});

test("a lost socket is followed by another, and nothing more is heard of the first", () => {
  const seen: number[] = [];
  const [, surroundings] = liveConnection((notice) => notice.kind === "event" && seen.push(notice.seq));
  const [first] = surroundings.sockets;
  first!.events.closed(1006);
  surroundings.fire();
  assert.equal(surroundings.sockets.length, 2);
  surroundings.socket.events.opened();
  first!.says(event(1));
  first!.events.closed(1006);
  assert.deepEqual(seen, []);
  assert.deepEqual(surroundings.socket.sent, [["subscribe", 2, [["thread:1", ["e", 0]]]]]);
});

test("silence sends a ping, and a line without an answer is closed", () => {
  const [, surroundings] = liveConnection();
  surroundings.fire();
  assert.equal(surroundings.socket.sent.at(-1)?.[0], "ping");
  surroundings.fire();
  assert.ok(surroundings.socket.isClosed);
  assert.ok(surroundings.timer !== null);
});

test("a timer that comes late tells of sleep: the line is asked, with little patience", () => {
  const [, surroundings] = liveConnection();
  surroundings.fire(3_600_000);
  assert.equal(surroundings.socket.sent.at(-1)?.[0], "ping");
  assert.ok(surroundings.timer!.atMs - surroundings.timeMs <= 5000);
});

test("a connection that is put aside keeps neither socket nor timer", () => {
  const [connection, surroundings] = liveConnection();
  connection.suspend();
  assert.ok(surroundings.socket.isClosed);
  assert.equal(surroundings.timer, null);
  connection.wake();
  assert.equal(surroundings.sockets.length, 1);
  connection.start();
  assert.equal(surroundings.sockets.length, 2);
});

test("a listener may follow and leave channels in the midst of a notice", () => {
  const [connection, surroundings] = liveConnection((notice) => {
    if (notice.kind === "event" && notice.channel === "thread:1") {
      connection.unfollow("thread:1");
      connection.follow("forum:2", null);
    }
  });
  surroundings.socket.says(event(1));
  assert.deepEqual(surroundings.socket.sent.slice(1).map(([kind]) => kind), ["unsubscribe", "subscribe"]);
});

test("what worked last is tried first, and what works is remembered", () => {
  const surroundings = new FakeSurroundings();
  surroundings.lastTransport = "poll";
  const connection = new Connection(surroundings, () => {});
  connection.follow("thread:1", { epoch: "e", seq: 0 });
  connection.start();
  assert.equal(surroundings.socket.transport, "poll");
  surroundings.socket.events.opened();
  surroundings.socket.says(["hello", {}], ["subscribed", 1, [["thread:1", ["e", 0], 0]]]);
  assert.deepEqual(surroundings.remembered, ["poll"]);
});

/** On a stream, until the WebSocket is tried beside it. */
function climbing(listener: (notice: Notice) => void = () => {}): [Connection, FakeSurroundings, FakeSocket, FakeSocket] {
  const surroundings = new FakeSurroundings();
  surroundings.lastTransport = "stream";
  const connection = new Connection(surroundings, listener);
  connection.follow("thread:1", { epoch: "e", seq: 0 });
  connection.start();
  const [stream] = surroundings.sockets;
  stream!.events.opened();
  stream!.says(["hello", { heartbeat_ms: 60_000 }], ["subscribed", 1, [["thread:1", ["e", 0], 0]]], event(1));
  surroundings.fire();
  assert.equal(surroundings.socket.transport, "socket");
  return [connection, surroundings, stream!, surroundings.socket];
}

test("a better line takes over from where the other is, with nothing missing and nothing twice", () => {
  const seen: number[] = [];
  const [connection, , stream, socket] = climbing((notice) => notice.kind === "event" && seen.push(notice.seq));
  socket.events.opened();
  assert.deepEqual(socket.sent, [["ping", 0]]);
  stream.says(event(2));
  socket.says(["hello", { heartbeat_ms: 60_000 }]);
  assert.ok(stream.isClosed);
  assert.equal(connection.transport, "socket");
  assert.deepEqual(socket.sent[1], ["subscribe", 2, [["thread:1", ["e", 2]]]]);
  stream.says(event(3));
  socket.says(["pong", 0], ["subscribed", 2, [["thread:1", ["e", 2], 3]]], event(3), event(4));
  assert.deepEqual(seen, [1, 2, 3, 4]);
});

test("a better line that cannot be had, or says nothing, changes nothing", () => {
  const [connection, surroundings, stream, refused] = climbing();
  refused.events.closed(1006);
  surroundings.fire();
  const silent = surroundings.socket;
  assert.notEqual(silent, refused);
  silent.events.opened();
  stream.says(["pong", 0]);
  surroundings.fire();
  assert.ok(silent.isClosed);
  silent.says(["hello", {}]);
  silent.events.closed(1006);
  assert.deepEqual([connection.transport, stream.isClosed], ["stream", false]);
});

test("whoever hangs up leaves no second line behind", () => {
  const [connection, , stream, socket] = climbing();
  connection.suspend();
  assert.ok(stream.isClosed && socket.isClosed);
  socket.says(["hello", {}]);
  assert.equal(socket.sent.length, 0);
});

test("a line that breaks while another is tried takes that with it", () => {
  const [, surroundings, stream, socket] = climbing();
  stream.events.closed(1006);
  assert.ok(socket.isClosed);
  socket.says(["hello", {}]);
  surroundings.fire();
  assert.equal(surroundings.socket.transport, "stream");
});
