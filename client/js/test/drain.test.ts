// A server that says good-bye, and a client that is somewhere else before it leaves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, CHANNEL, event } from "./bench.ts";

test("a drain is obeyed: it stays until the time has come, then makes a new line before it leaves the old one", () => {
  const bench = Bench.live();
  bench.server(["drain", 400], event(6));
  assert.deepEqual(bench.events, [6]);
  bench.pass(399);
  assert.deepEqual(bench.effects, []);
  bench.pass(1);
  assert.deepEqual(bench.effects, ["probe"]);
  bench.server(event(7));
  assert.deepEqual(bench.events, [6, 7]);
  bench.clear();
  bench.protocol.probed();
  bench.server(["hello", {}], event(8));
  assert.deepEqual(bench.effects, ["switch"]);
  const [[, ref, items]] = bench.sent as [[string, number, unknown]];
  assert.deepEqual(items, [[CHANNEL, ["e", 7]]]);
  bench.server(["subscribed", ref, [[CHANNEL, ["e", 7], 8]]], event(8));
  assert.deepEqual(bench.events, [8]);
});

test("nobody who takes over yet is asked again and again, while the old line serves on", () => {
  const bench = Bench.live();
  bench.server(["drain", 400]);
  bench.pass(400);
  bench.protocol.probeFailed();
  bench.server(event(6));
  assert.deepEqual([bench.effects, bench.events], [["probe"], [6]]);
  for (let passed = 0; passed < 60_000; passed += 500) {
    bench.pass(500);
    bench.server(["pong", 1]);
  }
  assert.ok(bench.effects.includes("drop-probe"), "a line on which nothing is heard is given up");
  assert.ok(bench.effects.filter((effect) => effect === "probe").length > 2);
  assert.ok(!bench.effects.includes("connect"));
  bench.close(1012);
  bench.pass(30_000);
  assert.equal(bench.effects.at(-1), "connect");
});

test("a server that closes after a drain is not asked before the time that it gave", () => {
  const bench = Bench.live();
  bench.server(["drain", 400]);
  bench.close(1012);
  bench.protocol.wake();
  bench.drain();
  assert.deepEqual(bench.effects, []);
  bench.pass(400);
  assert.deepEqual(bench.effects, ["connect"]);
});
