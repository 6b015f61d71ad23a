// Server-sent events and long poll as lines of a connection, with a browser in the test's hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Received } from "../src/codec.ts";
import type { SocketEvents } from "../src/connection.ts";
import { Question } from "../src/question.ts";
import { EventStream, LongPoll } from "../src/streams.ts";

class Heard implements SocketEvents {
  isOpened = false;
  readonly received_: unknown[] = [];
  readonly codes: number[] = [];

  opened(): void {
    this.isOpened = true;
  }

  received(received: Received): void {
    this.received_.push(typeof received === "string" ? JSON.parse(received) : received);
  }

  closed(code: number): void {
    this.codes.push(code);
  }
}

class FakeSource extends EventTarget {
  isClosed = false;
  readonly address: string;

  constructor(address: string) {
    super();
    this.address = address;
  }

  close(): void {
    this.isClosed = true;
  }

  says(message: unknown, lastEventId = "", kind = "message"): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(message), lastEventId }));
  }
}

const subscribe = (ref: number, ...items: [string, { epoch: string; seq: number } | null][]) =>
  ({ kind: "subscribe", ref, items }) as const;
const query = (address: string): Record<string, string> => Object.fromEntries(new URLSearchParams(address.split("?")[1]));
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function stream(): [EventStream, Heard, FakeSource[]] {
  const heard = new Heard();
  const sources: FakeSource[] = [];
  const open = (address: string): never => {
    sources.push(new FakeSource(address));
    return sources.at(-1) as never;
  };
  return [new EventStream("/live", heard, open), heard, sources];
}

test("a question asks for channels from now and from cursors, and moves on with what came", () => {
  const question = new Question("/live/poll");
  assert.ok(question.take(subscribe(4, ["site", null], ["thread:1", { epoch: "e", seq: 3 }])));
  assert.deepEqual(query(question.address({ wait_ms: 5 })), {
    channels: "site",
    since: "thread:1=e.3",
    ref: "4",
    wait_ms: "5",
  });
  question.came("thread:1=e.7,site=e.1,forum:9=e.2");
  assert.deepEqual(query(question.address()), { channels: "", since: "site=e.1,thread:1=e.7", ref: "4" });
  assert.ok(!question.take({ kind: "unsubscribe", ref: 5, channels: ["site"] }));
  assert.ok(!question.take({ kind: "signal", channel: "thread:1", name: "typing" }));
  assert.ok(question.take(subscribe(6, ["thread:1", { epoch: "e", seq: 5 }])));
  assert.deepEqual(query(question.address()), { channels: "", since: "thread:1=e.5", ref: "6" });
});

test("a stream is opened when there is something to ask, and gives what comes", async () => {
  const [line, heard, sources] = stream();
  assert.ok(!heard.isOpened, "never inside the call that makes it");
  await later();
  assert.ok(heard.isOpened);
  assert.equal(sources.length, 0);
  line.send(subscribe(1, ["thread:1", { epoch: "e", seq: 3 }]));
  sources[0]!.says(["event", "thread:1", 4, "void", {}], "thread:1=e.4");
  assert.deepEqual(heard.received_, [["event", "thread:1", 4, "void", {}]]);
});

test("to ask anew is another stream from where the last one ended", () => {
  const [line, heard, sources] = stream();
  line.send(subscribe(1, ["thread:1", { epoch: "e", seq: 3 }]));
  sources[0]!.says(["event", "thread:1", 4, "void", {}], "thread:1=e.4");
  line.send({ kind: "ping", ref: 2 });
  assert.ok(sources[0]!.isClosed);
  assert.equal(query(sources[1]!.address)["since"], "thread:1=e.4");
  line.send(subscribe(3, ["forum:2", null]));
  assert.deepEqual(query(sources[2]!.address), { channels: "forum:2", since: "thread:1=e.4", ref: "3" });
  assert.deepEqual(heard.codes, []);
});

test("a stream that breaks is closed for good, and so is one that the server closes, with its code", () => {
  for (const [end, code] of [
    [(source: FakeSource) => source.dispatchEvent(new Event("error")), 1006],
    [(source: FakeSource) => source.says([4001, "stopping"], "", "close"), 4001],
  ] as const) {
    const [line, heard, sources] = stream();
    line.send(subscribe(1, ["site", null]));
    end(sources[0]!);
    end(sources[0]!);
    assert.deepEqual(heard.codes, [code]);
    assert.ok(sources[0]!.isClosed);
  }
});

test("a stream that we close is heard of no more", async () => {
  const [line, heard, sources] = stream();
  line.send(subscribe(1, ["site", null]));
  line.close();
  sources[0]!.dispatchEvent(new Event("error"));
  await later();
  assert.deepEqual([heard.isOpened, heard.codes], [false, []]);
});

/** `fetch` in the test's hand: each request waits until it is answered. */
class Asked {
  readonly addresses: string[] = [];
  #answers: { resolve: (response: unknown) => void; reject: (error: unknown) => void }[] = [];

  install(): void {
    globalThis.fetch = ((address: string, options: { signal: AbortSignal }) => {
      this.addresses.push(address);
      return new Promise((resolve, reject) => {
        this.#answers.push({ resolve, reject });
        options.signal.addEventListener("abort", () => reject(new Error("aborted")));
      });
    }) as never;
  }

  async answer(body: unknown, isOk = true): Promise<void> {
    this.#answers.at(-1)!.resolve({ ok: isOk, json: async () => body });
    await later();
  }

  async fail(): Promise<void> {
    this.#answers.at(-1)!.reject(new TypeError("network"));
    await later();
  }
}

function poll(): [LongPoll, Heard, Asked] {
  const asked = new Asked();
  asked.install();
  const heard = new Heard();
  return [new LongPoll("/live", heard), heard, asked];
}

test("the first poll does not wait, the next goes on from its answer and does", async () => {
  const [line, heard, asked] = poll();
  line.send(subscribe(1, ["thread:1", { epoch: "e", seq: 3 }]));
  assert.equal(query(asked.addresses[0]!)["wait_ms"], "0");
  const hello = ["hello", { heartbeat_ms: 10_000 }];
  await asked.answer({ messages: [hello, ["event", "thread:1", 4, "void", {}]], since: "thread:1=e.4" });
  assert.deepEqual(heard.received_, [hello, ["event", "thread:1", 4, "void", {}]]);
  assert.deepEqual(query(asked.addresses[1]!), { channels: "", since: "thread:1=e.4", ref: "1", wait_ms: "8000" });
  await asked.answer({ messages: [], since: "thread:1=e.4" });
  assert.deepEqual(heard.received_.at(-1), ["pong", 0], "an empty answer is a sign of life");
});

test("to ask anew gives up the request that waits", async () => {
  const [line, heard, asked] = poll();
  line.send(subscribe(1, ["site", null]));
  await asked.answer({ messages: [["pong", 0]], since: "site=e.0" });
  line.send({ kind: "ping", ref: 2 });
  await later();
  assert.equal(asked.addresses.length, 3);
  assert.equal(query(asked.addresses[2]!)["wait_ms"], "0");
  assert.deepEqual(heard.codes, []);
});

test("a refusal is told in its words and ends the line with its code", async () => {
  const [line, heard, asked] = poll();
  line.send(subscribe(1, ["site", null]));
  await asked.answer({ code: 4002, title: "busy", retry_after_ms: 900 }, false);
  assert.deepEqual(heard.received_, [["error", null, 4002, "busy", 900]]);
  assert.deepEqual(heard.codes, [4002]);
});

test("what is no answer of ours, and a server's good-bye, end the line", async () => {
  for (const [answer, code] of [
    [(asked: Asked) => asked.fail(), 1006],
    [(asked: Asked) => asked.answer("<html>", true), 1006],
    [(asked: Asked) => asked.answer({ messages: [], since: "", close: [4001, "stopping"] }), 4001],
  ] as const) {
    const [line, heard, asked] = poll();
    line.send(subscribe(1, ["site", null]));
    await answer(asked);
    assert.deepEqual(heard.codes, [code]);
    assert.equal(asked.addresses.length, 1);
  }
});

test("a poll that we close ends in silence", async () => {
  const [line, heard, asked] = poll();
  line.send(subscribe(1, ["site", null]));
  line.close();
  await later();
  assert.deepEqual([heard.codes, asked.addresses.length], [[], 1]);
});

test("a stream asks with the fields that it was given, each time", () => {
  const sources: FakeSource[] = [];
  const open = (address: string): never => {
    sources.push(new FakeSource(address));
    return sources.at(-1) as never;
  };
  const stream = new EventStream("/live", new Heard(), open, { reading: 1 });
  stream.send(subscribe(1, ["thread:1", null]));
  stream.send(subscribe(2, ["thread:2", null]));
  assert.deepEqual(
    sources.map(({ address }) => query(address)["reading"]),
    ["1", "1"],
  );
});
