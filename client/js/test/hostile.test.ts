// The promise, on a virtual clock: over any network, each event once and in order, or a reset in so many words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "@msgpack/msgpack";
import { encodeClientMessage } from "../src/codec.ts";
import type { Cursor } from "../src/cursors.ts";
import type { Effect, Notice } from "../src/notices.ts";
import { Protocol } from "../src/protocol.ts";
import { type Chance, randomFrom } from "./chance.ts";

const CHANNELS = ["thread:1", "thread:2", "forum:3"];

/** The log of a server: seqs without a hole; a new epoch begins another log. */
class Log {
  epoch = 1;
  head = new Map(CHANNELS.map((channel) => [channel, 0]));

  name(channel: string, seq: number): string {
    return `e${this.epoch}/${channel}/${seq}`;
  }

  append(channel: string): number {
    const seq = (this.head.get(channel) ?? 0) + 1;
    this.head.set(channel, seq);
    return seq;
  }

  renew(): void {
    this.epoch += 1;
    this.head = new Map(CHANNELS.map((channel) => [channel, 0]));
  }
}

/** One connection's server side; its network delays, loses the line, repeats and skips as the test wants. */
class Peer {
  readonly positions = new Map<string, number>();
  readonly toClient: Uint8Array[] = [];
  isDeaf = false;
  readonly #log: Log;
  readonly #chance: Chance;
  readonly #isHostile: () => boolean;

  constructor(log: Log, chance: Chance, isHostile: () => boolean) {
    this.#log = log;
    this.#chance = chance;
    this.#isHostile = isHostile;
    this.say(["hello", { heartbeat_ms: 1000 }]);
  }

  say(message: unknown[]): void {
    this.toClient.push(encode(message));
  }

  hear(bytes: Uint8Array): void {
    const [kind, ref, rest] = decode(bytes) as [string, number, unknown[]];
    if (this.isDeaf) {
      return;
    }
    if (kind === "ping") {
      this.say(["pong", ref]);
    } else if (kind === "unsubscribe") {
      (rest as string[]).forEach((channel) => {
        this.positions.delete(channel);
        this.say(["unsubscribed", channel, "asked"]);
      });
    } else if (kind === "subscribe") {
      this.say(["subscribed", ref, (rest as [string, [string, number] | null][]).map((item) => this.#accept(...item))]);
    }
  }

  /** Send what the log has for each followed channel. */
  flush(): void {
    for (const [channel, position] of this.positions) {
      const head = this.#log.head.get(channel) ?? 0;
      for (let seq = position + 1; seq <= head; seq += 1) {
        this.#send(channel, seq);
      }
      this.positions.set(channel, head);
    }
  }

  #accept(channel: string, cursor: [string, number] | null): unknown[] {
    const head = this.#log.head.get(channel) ?? 0;
    const epoch = `e${this.#log.epoch}`;
    if (this.positions.has(channel)) {
      return [channel, [4205, "already", null]];
    }
    if (this.#isHostile() && this.#chance.once(6)) {
      return [channel, [4002, "busy", this.#chance.below(300)]];
    }
    const isGood = cursor !== null && cursor[0] === epoch && cursor[1] <= head;
    const from = isGood ? cursor[1] : head;
    if (cursor !== null && !isGood && this.#chance.once(2)) {
      this.say(["reset", channel, [epoch, from], "epoch"]);
    }
    this.positions.set(channel, from);
    return [channel, [epoch, from], head];
  }

  #send(channel: string, seq: number): void {
    const message = ["event", channel, seq, "post.created", { name: this.#log.name(channel, seq) }];
    if (this.#isHostile() && this.#chance.once(20)) {
      return; // a hole
    }
    this.say(message);
    if (this.#isHostile() && this.#chance.once(10)) {
      this.say(message);
    }
  }
}

class World {
  nowMs = 0;
  isHostile = true;
  readonly log = new Log();
  peer: Peer | null = null;
  /** The other end of a second line that is being tried. */
  probe: Peer | null = null;
  climbCount = 0;
  /** This handshake will never be answered. */
  #isBlocked = false;
  isOpen = false;
  readonly protocol: Protocol;
  /** What the client's user holds of each channel, as the promise lets it be held. */
  readonly views = new Map<string, { epoch: string; seq: number; count: number }>();
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
    const transport = (["socket", "stream", "poll"] as const)[chance.below(3)]!;
    this.protocol = new Protocol({ now: () => this.nowMs, random: () => chance.next(), transport });
    for (const channel of CHANNELS) {
      const cursor: Cursor = { epoch: "e1", seq: 0 };
      this.protocol.follow(channel, cursor);
      this.views.set(channel, { ...cursor, count: 0 });
    }
    this.protocol.start();
    this.act();
  }

  act(): void {
    for (const output of this.protocol.take()) {
      this.#carryOut(output);
    }
  }

  step(): void {
    const chance = this.#chance;
    this.nowMs += chance.below(120);
    if (this.#isBlocked && !this.isOpen) {
      this.#isBlocked = false;
      this.#lose(1006);
    }
    if (this.probe !== null && chance.once(2)) {
      this.#endProbe(chance.once(2));
      this.act();
    }
    switch (chance.below(this.isHostile ? 13 : 5)) {
      case 0:
        this.log.append(CHANNELS[chance.below(CHANNELS.length)]!);
        break;
      case 1:
        this.#open();
        break;
      case 2:
        this.peer?.flush();
        break;
      case 3:
      case 4:
        this.#deliver(1 + chance.below(8));
        break;
      case 5:
        this.log.append(CHANNELS[0]!);
        break;
      case 6:
        this.#lose(chance.below(3) === 0 ? 1012 : 1006);
        break;
      case 7:
        if (this.peer !== null && chance.once(4)) {
          this.peer.isDeaf = true;
        }
        break;
      case 8:
        this.protocol.wake();
        break;
      case 9:
        this.peer?.say(["drain", chance.below(500)]);
        break;
      case 10:
        if (chance.once(40)) {
          this.log.renew();
          this.#lose(1006);
        }
        break;
      case 12:
        this.nowMs += 10_000; // a quiet while, long enough to look for a better line
        break;
      case 11:
        if (chance.once(20)) {
          this.nowMs += 600_000; // asleep
        } else if (chance.once(20)) {
          this.protocol.suspend();
          this.act();
          this.protocol.start();
        }
        break;
    }
    this.act();
    if ((this.protocol.deadlineMs ?? Infinity) <= this.nowMs) {
      this.protocol.tick();
      this.act();
    }
  }

  /** Nothing bad happens any more: everything must arrive. */
  settle(): void {
    this.isHostile = false;
    for (let round = 0; round < 400; round += 1) {
      this.nowMs = Math.max(this.nowMs + 50, Math.min(this.protocol.deadlineMs ?? 0, this.nowMs + 40_000));
      this.protocol.tick();
      this.act();
      this.#open();
      if (this.peer !== null && !this.peer.isDeaf) {
        this.peer.flush();
        this.#deliver(1000);
      }
    }
  }

  /** The second line works, or does not. */
  #endProbe(isGood: boolean): void {
    if (this.probe !== null && isGood) {
      this.climbCount += 1;
      this.protocol.probed();
    } else if (this.probe !== null) {
      this.probe = null;
      this.protocol.probeFailed();
    }
  }

  #open(): void {
    if (this.peer !== null && !this.isOpen) {
      this.isOpen = true;
      this.protocol.opened();
      this.act();
    }
  }

  #deliver(count: number): void {
    for (const bytes of this.isOpen && this.peer !== null ? this.peer.toClient.splice(0, count) : []) {
      if (this.peer === null) {
        return;
      }
      this.protocol.received(bytes);
      this.act();
    }
  }

  #lose(code: number): void {
    if (this.peer !== null) {
      this.peer = null;
      this.probe = null;
      this.isOpen = false;
      this.protocol.closed(code);
    }
  }

  #carryOut(output: Effect | Notice): void {
    switch (output.kind) {
      case "connect":
        assert.equal(this.peer, null, "one connection at a time");
        this.peer = new Peer(this.log, this.#chance, () => this.isHostile);
        this.isOpen = false;
        this.#isBlocked = this.isHostile && output.transport === "socket" && !this.#chance.once(8);
        break;
      case "disconnect":
        this.peer = this.probe = null;
        this.isOpen = false;
        break;
      case "probe":
        assert.equal(this.probe, null, "one second line at a time");
        this.probe = new Peer(this.log, this.#chance, () => this.isHostile);
        break;
      case "drop-probe":
        this.probe = null;
        break;
      case "switch":
        assert.ok(this.probe !== null, "nothing to switch to");
        this.peer = this.probe;
        this.probe = null;
        break;
      case "send":
        assert.ok(this.isOpen, "nothing is sent into a closed line");
        this.peer?.hear(encodeClientMessage(output.message));
        break;
      case "event":
        this.#onEvent(output.channel, output.seq, String(output.data["name"]));
        break;
      case "reset":
        this.views.set(output.channel, { ...output.cursor, count: 0 });
        break;
    }
  }

  #onEvent(channel: string, seq: number, name: string): void {
    const view = this.views.get(channel)!;
    assert.equal(seq, view.seq + 1, `${channel}: once, in order, without a hole`);
    assert.equal(name, `${view.epoch}/${channel}/${seq}`, "an event of the log that the view is of");
    view.seq = seq;
    view.count += 1;
  }
}

let climbCount = 0;

for (let seed = 1; seed <= 60; seed += 1) {
  test(`over a hostile network every view ends as the log is (seed ${seed})`, () => {
    const world = new World(randomFrom(seed));
    for (let step = 0; step < 1500; step += 1) {
      world.step();
    }
    world.settle();
    for (const channel of CHANNELS) {
      const view = world.views.get(channel)!;
      assert.deepEqual([view.epoch, view.seq], [`e${world.log.epoch}`, world.log.head.get(channel)], channel);
    }
    assert.equal(world.protocol.state, "live");
    climbCount += world.climbCount;
  });
}

test("in all that, clients changed to better lines, too", () => {
  assert.ok(climbCount >= 10, String(climbCount));
});
