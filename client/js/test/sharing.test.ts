// One line for all tabs: each channel is followed once, each tab hears each event once and in order, whenever it came.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cursor } from "../src/cursors.ts";
import type { Event } from "../src/messages.ts";
import type { Notice } from "../src/notices.ts";
import { readAnswer } from "../src/sharing/log.ts";
import type { TabMessage, WorkerMessage } from "../src/sharing/messages.ts";
import { LINGER_MS, MAX_UNSEEN_NOTICES, type SharedConnection, Switchboard, type Tab } from "../src/sharing/switchboard.ts";
import type { LogAnswer } from "../src/sharing/log.ts";
import { SEEN_EVERY, TabLine } from "../src/sharing/tab.ts";

const CHANNEL = "thread:17";
const at = (seq: number, epoch = "abc"): Cursor => ({ epoch, seq });
const eventAt = (seq: number, channel = CHANNEL): Event => ({ kind: "event", channel, seq, name: "post.created", data: {} });
const LIVE: Notice = { kind: "state", state: "live", transport: "socket" };

/** A connection that has got every event up to where the test says. */
class FakeConnection implements SharedConnection {
  readonly cursors = new Map<string, Cursor | null>();
  readonly calls: string[] = [];
  tell: (notice: Notice) => void = () => {};

  cursor = (channel: string): Cursor | null => this.cursors.get(channel) ?? null;
  start = (): void => void this.calls.push("start");
  suspend = (): void => void this.calls.push("suspend");
  wake = (): void => void this.calls.push("wake");
  measure = (): void => void this.calls.push("measure");
  signal = (channel: string, name: string): void => void this.calls.push(`${name} in ${channel}`);

  follow(channel: string, cursor: Cursor | null): void {
    this.cursors.set(channel, cursor);
    this.calls.push(`follow ${channel}`);
  }

  unfollow(channel: string): void {
    if (this.cursors.delete(channel)) {
      this.calls.push(`unfollow ${channel}`);
    }
  }

  brings(seq: number, channel = CHANNEL): void {
    this.cursors.set(channel, at(seq));
    this.tell(eventAt(seq, channel));
  }
}

class World {
  readonly connections: FakeConnection[] = [];
  readonly log: Event[] = [];
  readonly reads: string[] = [];
  answer: (() => LogAnswer | Error) | null = null;
  timers = new Map<number, () => void>();
  readonly board = new Switchboard({
    connect: (listener) => {
      const connection = new FakeConnection();
      connection.tell = listener;
      this.connections.push(connection);
      return connection;
    },
    setTimer: (callback, delayMs) => {
      assert.equal(delayMs, LINGER_MS);
      this.timers.set(1, callback);
      return 1;
    },
    clearTimer: (timer) => void this.timers.delete(timer),
  });

  get connection(): FakeConnection {
    return this.connections.at(-1)!;
  }

  happens(seq: number): void {
    this.log.push(eventAt(seq));
    this.connection.brings(seq);
  }

  tab(): { line: TabLine; heard: Notice[]; port: Tab; isFrozen: { value: boolean }; thaw(): void } {
    const heard: Notice[] = [];
    const queue: WorkerMessage[] = [];
    const isFrozen = { value: false };
    const port: Tab = { post: (message) => (isFrozen.value ? queue.push(message) : line.take(message)) };
    const line: TabLine = new TabLine(
      {
        post: (message: TabMessage) => this.board.take(port, message),
        readLog: (_channel, after, until) => this.read(after, until),
        isReader: () => true,
        random: () => 0,
        sleep: () => Promise.resolve(),
      },
      (notice) => heard.push(notice),
    );
    const thaw = (): void => {
      isFrozen.value = false;
      queue.splice(0).forEach((message) => line.take(message));
    };
    return { line, heard, port, isFrozen, thaw };
  }

  async read(after: Cursor, until: number): Promise<LogAnswer> {
    this.reads.push(`${after.seq}-${until}`);
    const answer = this.answer?.();
    if (answer instanceof Error) {
      throw answer;
    }
    const events = this.log.filter(({ seq }) => seq > after.seq && seq <= until).slice(0, 3);
    return answer ?? { kind: "events", events, cursor: at(events.at(-1)?.seq ?? after.seq) };
  }
}

const seqs = (heard: readonly Notice[]): number[] => heard.flatMap((one) => (one.kind === "event" ? [one.seq] : []));
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a channel is followed once for all tabs, and left with the last of them", () => {
  const world = new World();
  const [one, two] = [world.tab(), world.tab()];
  for (const { line } of [one, two]) {
    line.follow(CHANNEL, at(5));
    line.start();
  }
  world.happens(6);
  assert.deepEqual([seqs(one.heard), seqs(two.heard)], [[6], [6]]);
  one.line.unfollow(CHANNEL);
  world.happens(7);
  assert.deepEqual([seqs(one.heard), seqs(two.heard)], [[6], [6, 7]]);
  two.line.unfollow(CHANNEL);
  assert.deepEqual(
    world.connection.calls.filter((call) => call.includes("follow")),
    [`follow ${CHANNEL}`, `unfollow ${CHANNEL}`],
  );
});

test("a tab that comes late reads what it lacks from the log, also while more comes", async () => {
  const world = new World();
  const early = world.tab();
  early.line.follow(CHANNEL, at(0));
  early.line.start();
  for (let seq = 1; seq <= 8; seq += 1) {
    world.happens(seq);
  }
  const late = world.tab();
  late.line.follow(CHANNEL, at(2));
  late.line.start();
  world.connection.tell(LIVE);
  world.happens(9);
  assert.deepEqual(seqs(late.heard), []);
  await settle();
  world.happens(10);
  assert.deepEqual(seqs(late.heard), [3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(seqs(early.heard), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const states = late.heard.flatMap((one) => (one.kind === "state" ? [one.state] : []));
  assert.deepEqual(states, ["catching-up", "live"]);
});

test("a tab that knows more than the line drops what it knows", () => {
  const world = new World();
  const [old, fresh] = [world.tab(), world.tab()];
  old.line.follow(CHANNEL, at(1));
  old.line.start();
  fresh.line.follow(CHANNEL, at(3));
  fresh.line.start();
  [2, 3, 4].forEach((seq) => world.happens(seq));
  assert.deepEqual([seqs(old.heard), seqs(fresh.heard), world.reads], [[2, 3, 4], [4], []]);
});

test("a log that does not answer is asked again; one that was renewed, or is closed to us, says so", async () => {
  const world = new World();
  const early = world.tab();
  early.line.follow(CHANNEL, at(0));
  early.line.start();
  [1, 2].forEach((seq) => world.happens(seq));
  let failures = 2;
  world.answer = () => (failures-- > 0 ? new Error("away") : { kind: "reset", cursor: at(9, "new"), reason: "epoch" });
  const late = world.tab();
  late.line.follow(CHANNEL, at(0));
  late.line.start();
  for (let turn = 0; turn < 8; turn += 1) {
    await settle();
  }
  assert.deepEqual(late.heard.at(-1), { kind: "reset", channel: CHANNEL, cursor: at(9, "new"), reason: "epoch" });

  world.answer = () => ({ kind: "refused", code: 4301, message: "no" });
  const stranger = world.tab();
  stranger.line.follow(CHANNEL, at(0));
  stranger.line.start();
  await settle();
  assert.deepEqual(stranger.heard.at(-1), { kind: "refused", channel: CHANNEL, code: 4301, message: "no" });
});

test("a reset of the line is told to all, and nothing older is filled in any more", async () => {
  const world = new World();
  const [one, two] = [world.tab(), world.tab()];
  one.line.follow(CHANNEL, at(0));
  one.line.start();
  world.happens(1);
  two.line.follow(CHANNEL, at(0));
  two.line.start();
  world.connection.tell({ kind: "reset", channel: CHANNEL, cursor: at(5, "new"), reason: "epoch" });
  await settle();
  world.connection.tell(eventAt(6));
  assert.deepEqual([seqs(one.heard), seqs(two.heard)], [[1, 6], [6]]);
});

test("a frozen tab is left behind, and fills itself when it thaws", async () => {
  const world = new World();
  const [frozen, other] = [world.tab(), world.tab()];
  for (const { line } of [frozen, other]) {
    line.follow(CHANNEL, at(0));
    line.start();
  }
  frozen.isFrozen.value = true;
  const count = MAX_UNSEEN_NOTICES + 2 * SEEN_EVERY;
  for (let seq = 1; seq <= count; seq += 1) {
    world.happens(seq);
  }
  assert.equal(seqs(other.heard).length, count, "whoever takes them gets them");
  frozen.thaw();
  for (let turn = 0; turn < count; turn += 1) {
    await settle();
  }
  assert.deepEqual(seqs(frozen.heard), seqs(other.heard));
});

test("the line is kept for a moment when the last tab goes, for the next page", () => {
  const world = new World();
  const first = world.tab();
  first.line.follow(CHANNEL, at(0));
  first.line.start();
  first.line.suspend();
  assert.equal(world.timers.size, 1);
  const second = world.tab();
  second.line.follow(CHANNEL, at(0));
  second.line.start();
  assert.equal(world.timers.size, 0);
  world.board.take(second.port, { kind: "bye" });
  world.timers.get(1)?.();
  assert.equal(world.connection.calls.at(-1), "suspend");
});

test("a tab that comes back from being put aside gets what it missed", async () => {
  const world = new World();
  const [one, two] = [world.tab(), world.tab()];
  for (const { line } of [one, two]) {
    line.follow(CHANNEL, at(0));
    line.start();
  }
  two.line.suspend();
  [1, 2, 3, 4].forEach((seq) => world.happens(seq));
  assert.deepEqual(seqs(two.heard), []);
  two.line.start();
  await settle();
  assert.deepEqual(seqs(two.heard), [1, 2, 3, 4]);
});

test("a line that was refused for good is asked for again by whoever comes next", () => {
  const world = new World();
  const [old, fresh] = [world.tab(), world.tab()];
  old.line.follow(CHANNEL, at(0));
  old.line.start();
  world.happens(1);
  world.connection.tell({ kind: "state", state: "stopped", transport: "socket" });
  fresh.line.follow(CHANNEL, at(1));
  fresh.line.start();
  assert.equal(world.connections.length, 2);
  world.connection.tell(LIVE);
  world.happens(2);
  assert.deepEqual([seqs(old.heard), seqs(fresh.heard)], [[1, 2], [2]]);
});

test("nobody is away as long as another tab is read", () => {
  const world = new World();
  const [one, two] = [world.tab(), world.tab()];
  assert.equal(world.board.isRead, false);
  for (const { line } of [one, two]) {
    line.follow(CHANNEL, at(0));
    line.start();
    line.signal(CHANNEL, "reading");
  }
  two.line.signal(CHANNEL, "typing");
  one.line.signal(CHANNEL, "away");
  one.line.signal(CHANNEL, "reading");
  two.line.suspend();
  two.line.start();
  one.line.signal(CHANNEL, "away");
  one.line.measure();
  const said = world.connection.calls.filter((call) => call.includes(" in ") || call === "measure");
  assert.deepEqual(
    said,
    ["reading", "reading", "typing", "reading", "away"].map((name) => `${name} in ${CHANNEL}`).concat("measure"),
  );
  assert.equal(world.board.isRead, true);
});

test("an answer of the log is what it says, or no answer", () => {
  const event = [CHANNEL, 3, "post.created", {}];
  assert.deepEqual(readAnswer(200, { events: [event], cursor: ["abc", 3], head: 3 }), {
    kind: "events",
    events: [eventAt(3)],
    cursor: at(3),
  });
  assert.deepEqual(readAnswer(410, { code: 4102, reason: "trimmed", cursor: ["abc", 3] }), {
    kind: "reset",
    cursor: at(3),
    reason: "trimmed",
  });
  assert.deepEqual(readAnswer(404, { code: 4204, detail: "gone" }), { kind: "refused", code: 4204, message: "gone" });
  for (const [status, body] of [
    [503, { code: 4004 }],
    [200, { events: [["thread:17", -1, "x", {}]], cursor: ["abc", 3] }],
    [200, null],
    [502, "<html>"],
    [404, {}],
  ] as const) {
    assert.throws(() => readAnswer(status, body));
  }
});
