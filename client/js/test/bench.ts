// A protocol on the bench: its clock in the test's hand, and what it says laid out.

import { encode } from "@msgpack/msgpack";
import type { Effect, Notice } from "../src/notices.ts";
import { Protocol } from "../src/protocol.ts";
import { toArray } from "../src/shapes.ts";

export const CHANNEL = "thread:1";

/** A protocol with a clock in the test's hand; what it says is kept as plain arrays and kinds. */
export class Bench {
  nowMs = 0;
  sent: unknown[][] = [];
  effects: string[] = [];
  notices: Notice[] = [];
  readonly protocol: Protocol;

  constructor(random: () => number = () => 0.5) {
    this.protocol = new Protocol({ now: () => this.nowMs, random });
  }

  /** Connected, subscribed from `e.5` with the answer `e.5`, head 5. */
  static live(): Bench {
    const bench = new Bench();
    bench.protocol.follow(CHANNEL, { epoch: "e", seq: 5 });
    bench.protocol.start();
    bench.open();
    bench.server(["hello", { heartbeat_ms: 1000 }], ["subscribed", 1, [[CHANNEL, ["e", 5], 5]]]);
    bench.clear();
    return bench;
  }

  open(): void {
    this.protocol.opened();
    this.drain();
  }

  server(...messages: unknown[][]): void {
    for (const message of messages) {
      this.protocol.received(encode(message));
      this.drain();
    }
  }

  close(code = 1006): void {
    this.protocol.closed(code);
    this.drain();
  }

  /** Let time pass, ticking whenever something is due. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let due = this.protocol.deadlineMs; due !== null && due <= endMs; due = this.protocol.deadlineMs) {
      this.nowMs = Math.max(this.nowMs, due);
      this.protocol.tick();
      this.drain();
    }
    this.nowMs = endMs;
  }

  clear(): void {
    this.sent = [];
    this.effects = [];
    this.notices = [];
  }

  drain(): void {
    for (const output of this.protocol.take()) {
      this.#keep(output);
    }
  }

  get events(): number[] {
    return this.notices.flatMap((notice) => (notice.kind === "event" ? [notice.seq] : []));
  }

  get kinds(): string[] {
    return this.notices.map((notice) => (notice.kind === "state" ? notice.state : notice.kind));
  }

  #keep(output: Effect | Notice): void {
    if (output.kind === "send") {
      this.sent.push(toArray(output.message));
    } else if (isEffect(output)) {
      this.effects.push(output.kind);
    } else {
      this.notices.push(output);
    }
  }
}

const EFFECTS = ["connect", "disconnect", "probe", "drop-probe", "switch"];

function isEffect(output: Effect | Notice): output is Effect {
  return EFFECTS.includes(output.kind);
}

/** One of that channel, as the server writes it. */
export const event = (seq: number, name = "post.created"): unknown[] => ["event", CHANNEL, seq, name, {}];
