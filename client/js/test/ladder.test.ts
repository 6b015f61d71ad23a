// Which transport is taken, on a virtual clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ladder } from "../src/ladder.ts";
import { type Chance, randomFrom } from "./chance.ts";

const MINUTE_MS = 60_000;

/** A ladder whose network lets some transports through. */
class Climber {
  nowMs = 0;
  good: readonly string[];
  readonly ladder: Ladder;
  readonly probes: { atMs: number; transport: string }[] = [];

  constructor(good: readonly string[], chance: Chance = randomFrom(1)) {
    this.good = good;
    this.ladder = new Ladder(() => chance.next());
  }

  /** One try after the other until something is heard; the transports that were tried. */
  connect(): string[] {
    const tried: string[] = [];
    for (;;) {
      assert.ok(tried.length < 50, "never connected");
      tried.push(this.ladder.transport);
      if (this.good.includes(this.ladder.transport)) {
        this.ladder.heard(this.nowMs);
        return tried;
      }
      this.nowMs += 2000;
      this.ladder.lost(this.nowMs, false);
    }
  }

  /** Let time pass on a line that works; what is tried beside it succeeds if the network lets it. */
  live(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.ladder.deadlineMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.ladder.deadlineMs);
      const step = this.ladder.check(this.nowMs);
      if (step === "probe") {
        const transport = this.ladder.probedTransport;
        this.probes.push({ atMs: this.nowMs, transport });
        if (this.good.includes(transport)) {
          this.ladder.climbed(this.nowMs);
        }
      }
    }
    this.nowMs = endMs;
  }

  lose(isDead = false): void {
    this.ladder.lost(this.nowMs, isDead);
  }
}

test("a WebSocket that works is all that is ever used", () => {
  const climber = new Climber(["socket", "stream", "poll"]);
  for (let round = 0; round < 20; round += 1) {
    assert.deepEqual(climber.connect(), ["socket"]);
    climber.live(20_000);
    climber.lose();
  }
  assert.deepEqual(climber.probes, []);
});

test("what cannot be had is left after two tries, and the next after one", () => {
  assert.deepEqual(new Climber(["stream", "poll"]).connect(), ["socket", "socket", "stream"]);
  assert.deepEqual(new Climber(["poll"]).connect(), ["socket", "socket", "stream", "poll"]);
});

test("a WebSocket that has worked gets more tries, and all else is tried before it again", () => {
  const climber = new Climber(["socket"]);
  climber.connect();
  climber.live(20_000);
  climber.lose();
  climber.good = [];
  const tried: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    tried.push(climber.ladder.transport);
    climber.lose();
  }
  assert.deepEqual(tried, ["socket", "socket", "socket", "socket", "stream", "poll", "socket", "socket"]);
});

test("a WebSocket that says hello and then dies again and again is none", () => {
  const climber = new Climber(["socket", "stream"]);
  const tried: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    tried.push(...climber.connect());
    climber.live(3000);
    climber.lose();
  }
  assert.deepEqual(tried, ["socket", "socket", "socket", "socket", "stream"]);
});

test("a line that was silent until it was given up did not live, however long", () => {
  const climber = new Climber(["socket", "stream"]);
  for (let round = 0; round < 4; round += 1) {
    assert.deepEqual(climber.connect(), ["socket"]);
    climber.live(MINUTE_MS);
    climber.lose(true);
  }
  assert.deepEqual(climber.connect(), ["stream"]);
});

test("a line that is left on purpose counts for nothing", () => {
  const climber = new Climber(["socket"]);
  for (let round = 0; round < 10; round += 1) {
    climber.connect();
    climber.ladder.left();
  }
  assert.equal(climber.ladder.transport, "socket");
});

test("a better transport is tried soon, then ever less often, up to minutes", () => {
  const climber = new Climber(["stream"]);
  climber.connect();
  const beganMs = climber.nowMs;
  climber.live(60 * MINUTE_MS);
  const times = climber.probes.map(({ atMs }) => atMs - beganMs);
  assert.ok(times[0]! >= 5000 && times[0]! <= 10_000, String(times[0]));
  const waits = times.slice(1).map((time, place) => time - times[place]!);
  assert.ok(Math.min(...waits.slice(-5)) > 2 * MINUTE_MS);
  assert.ok(Math.max(...waits) <= 6 * MINUTE_MS);
  assert.ok(climber.probes.every(({ transport }) => transport === "socket"));
});

test("from the last rung the others are tried in turn, and the better one wins in the end", () => {
  const climber = new Climber(["poll"]);
  climber.connect();
  climber.live(3 * MINUTE_MS);
  assert.deepEqual(climber.probes.slice(0, 4).map(({ transport }) => transport), ["socket", "stream", "socket", "stream"]);
  climber.good = ["stream", "poll"];
  climber.live(20 * MINUTE_MS);
  assert.equal(climber.ladder.transport, "stream");
  climber.good = ["socket", "stream", "poll"];
  climber.live(20 * MINUTE_MS);
  assert.equal(climber.ladder.transport, "socket");
  assert.equal(climber.ladder.deadlineMs, Infinity);
});

test("a WebSocket that lets us climb and falls again does not make us climb ever faster", () => {
  const climber = new Climber(["stream"]);
  climber.connect();
  climber.good = ["socket", "stream"];
  let falls = 0;
  while (climber.nowMs < 120 * MINUTE_MS) {
    climber.live(1000);
    if (climber.ladder.transport === "socket") {
      climber.lose();
      falls += 1;
      climber.connect();
    }
  }
  assert.ok(climber.probes.length < 40, String(climber.probes.length));
  assert.ok(falls > 0);
});

test("clients that fell together do not climb together", () => {
  const first = [1, 2, 3, 4, 5].map((seed) => {
    const climber = new Climber(["stream"], randomFrom(seed));
    climber.connect();
    return climber.ladder.deadlineMs;
  });
  assert.equal(new Set(first).size, first.length);
});
