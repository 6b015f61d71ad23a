// Waiting: backoff, heartbeat, clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/backoff.ts";
import { Clock } from "../src/clock.ts";
import { Heartbeat } from "../src/heartbeat.ts";
import { randomFrom } from "./chance.ts";

test("waits grow to the cap and stay there, however often it fails", () => {
  const backoff = new Backoff(() => 1, { baseMs: 100, capMs: 1000 });
  const waits = Array.from({ length: 2000 }, () => backoff.nextMs());
  assert.deepEqual(waits.slice(0, 6), [100, 200, 400, 800, 1000, 1000]);
  assert.equal(waits.at(-1), 1000);
  backoff.reset();
  assert.equal(backoff.nextMs(), 100);
});

test("a wait is drawn from the whole span", () => {
  const chance = randomFrom(3);
  const waits = Array.from({ length: 400 }, () => new Backoff(() => chance.next(), { baseMs: 1000, capMs: 1000 }).nextMs());
  assert.ok(Math.min(...waits) < 50 && Math.max(...waits) > 950);
});

test("what the server asks for is the least wait", () => {
  assert.equal(new Backoff(() => 0).nextMs(5000), 5000);
  assert.equal(new Backoff(() => 0.5, { baseMs: 1000, capMs: 1000 }).nextMs(5000), 5500);
  assert.ok(new Backoff(() => 0, { baseMs: 10, capMs: 1000 }).longestMs() >= 500);
});

test("silence asks, an answer calms, no answer is death", () => {
  const heartbeat = new Heartbeat(1000, 0);
  assert.equal(heartbeat.check(999), "alive");
  assert.equal(heartbeat.check(1000), "ask");
  heartbeat.asked(1000);
  assert.equal(heartbeat.check(1999), "alive");
  heartbeat.heard(1999);
  assert.equal(heartbeat.deadlineMs, 2999);
  assert.equal(heartbeat.check(2999), "ask");
  heartbeat.asked(2999);
  assert.equal(heartbeat.check(4000), "dead");
});

test("after a timer that came late it asks once more, then it is death", () => {
  const heartbeat = new Heartbeat(1000, 0);
  heartbeat.asked(1000);
  assert.equal(heartbeat.check(60_000), "ask");
  heartbeat.asked(60_000, 500);
  assert.equal(heartbeat.check(60_499), "alive");
  assert.equal(heartbeat.check(120_000), "dead");
});

test("the clock counts sleep that either source saw, and never runs back", () => {
  let monotonicMs = 100;
  let wallMs = 1_000_000;
  const clock = new Clock(
    () => monotonicMs,
    () => wallMs,
  );
  monotonicMs += 10;
  wallMs += 10;
  assert.equal(clock.nowMs(), 10);
  wallMs += 3_600_000; // asleep; the monotonic source did not count it
  assert.equal(clock.nowMs(), 3_600_010);
  wallMs -= 7_200_000; // set back
  assert.equal(clock.nowMs(), 3_600_010);
  monotonicMs += 5;
  assert.equal(clock.nowMs(), 3_600_015);
});
