// Reading a page afresh while its channel goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../src/messages.ts";
import { ApiError, type ThreadPage } from "../src/page/api.ts";
import { Refill } from "../src/page/refill.ts";

const pageOf = (seq: number): ThreadPage => ({ cursor: ["e", seq] }) as unknown as ThreadPage;
const event = (seq: number): Event => ({ kind: "event", channel: "thread:1", seq, name: "post.created", data: {} });

/** Reads are answered by the test, one after the other. */
class Bench {
  readonly answers: { resolve: (page: ThreadPage) => void; reject: (error: unknown) => void }[] = [];
  readonly applied: [number, number[]][] = [];
  refusals = 0;
  waits = 0;
  readonly refill = new Refill({
    read: () => new Promise((resolve, reject) => this.answers.push({ resolve, reject })),
    apply: (page, held) => this.applied.push([page.cursor[1], held.map(({ seq }) => seq)]),
    refused: () => (this.refusals += 1),
    random: () => 0,
    sleep: async () => {
      this.waits += 1;
    },
  });
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("events that come meanwhile follow the page", async () => {
  const bench = new Bench();
  bench.refill.begin();
  bench.refill.hold(event(7));
  bench.refill.hold(event(8));
  bench.answers[0]!.resolve(pageOf(6));
  await settle();
  assert.deepEqual(bench.applied, [[6, [7, 8]]]);
  assert.ok(!bench.refill.isRunning);
});

test("a second reset makes the first answer worthless", async () => {
  const bench = new Bench();
  bench.refill.begin();
  bench.refill.hold(event(7));
  bench.refill.begin();
  bench.answers[0]!.resolve(pageOf(6));
  await settle();
  assert.ok(bench.refill.isRunning);
  bench.answers[1]!.resolve(pageOf(20));
  await settle();
  assert.deepEqual(bench.applied, [[20, []]]);
});

test("a server that is away is asked again, one that refuses is not", async () => {
  const bench = new Bench();
  bench.refill.begin();
  bench.answers[0]!.reject(new ApiError("away", 0, 0));
  await settle();
  bench.answers[1]!.reject(new ApiError("busy", 4002, 503));
  await settle();
  assert.equal(bench.waits, 2);
  bench.answers[2]!.reject(new ApiError("gone", 4208, 404));
  await settle();
  assert.deepEqual([bench.refusals, bench.refill.isRunning, bench.answers.length], [1, false, 3]);
});

test("more events than it holds make it read once more", async () => {
  const bench = new Bench();
  bench.refill.begin();
  for (let seq = 1; seq <= 501; seq += 1) {
    bench.refill.hold(event(seq));
  }
  assert.equal(bench.answers.length, 2);
  bench.answers[0]!.resolve(pageOf(1));
  bench.answers[1]!.resolve(pageOf(501));
  await settle();
  assert.deepEqual(bench.applied, [[501, []]]);
});
