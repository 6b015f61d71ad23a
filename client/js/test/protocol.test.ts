import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, CHANNEL, event } from "./bench.ts";

test("a connection resumes all channels with one message", () => {
  const bench = new Bench();
  bench.protocol.follow("thread:1", { epoch: "e", seq: 5 });
  bench.protocol.follow("forum:2", null);
  bench.protocol.start();
  bench.open();
  assert.deepEqual(bench.sent, [["subscribe", 1, [["thread:1", ["e", 5]], ["forum:2", null]]]]);
});

test("a channel is live when its seq has reached the head", () => {
  const bench = new Bench();
  bench.protocol.follow(CHANNEL, { epoch: "e", seq: 5 });
  bench.protocol.start();
  bench.open();
  bench.server(["subscribed", 1, [[CHANNEL, ["e", 5], 7]]], event(6), event(7));
  assert.deepEqual(bench.kinds, ["catching-up", "event", "event", "live"]);
});

test("each event is given once: what was seen is dropped", () => {
  const bench = Bench.live();
  bench.server(event(6), event(6), event(3), event(7));
  assert.deepEqual(bench.events, [6, 7]);
  assert.deepEqual(bench.protocol.cursor(CHANNEL), { epoch: "e", seq: 7 });
});

test("an unknown event moves the cursor like any other", () => {
  const bench = Bench.live();
  bench.server(event(6, "something.new"), event(7, "void"));
  assert.deepEqual(bench.protocol.cursor(CHANNEL), { epoch: "e", seq: 7 });
});

test("a gap subscribes again from the cursor, and what comes before the answer is dropped", () => {
  const bench = Bench.live();
  bench.server(event(8), event(9));
  assert.deepEqual(bench.sent, [["unsubscribe", 2, [CHANNEL]], ["subscribe", 3, [[CHANNEL, ["e", 5]]]]]);
  assert.deepEqual(bench.events, []);
  bench.server(["unsubscribed", CHANNEL, "asked"], ["subscribed", 3, [[CHANNEL, ["e", 5], 9]]]);
  bench.server(event(6), event(7), event(8), event(9));
  assert.deepEqual(bench.events, [6, 7, 8, 9]);
  assert.equal(bench.protocol.state, "live");
});

test("a server with gaps again and again is not asked in a loop", () => {
  const bench = Bench.live();
  for (let round = 0; round < 50; round += 1) {
    bench.server(event(8), ...bench.sent.filter(([kind]) => kind === "subscribe").slice(-1).map(([, ref]) => [
      "subscribed", ref, [[CHANNEL, ["e", 5], 9]],
    ]));
  }
  assert.ok(bench.sent.filter(([kind]) => kind === "subscribe").length <= 2);
});

test("a reset is told and goes on from its cursor", () => {
  const bench = Bench.live();
  bench.server(["reset", CHANNEL, ["f", 100], "epoch"], event(101));
  assert.deepEqual(bench.kinds, ["reset", "event"]);
  assert.deepEqual(bench.protocol.cursor(CHANNEL), { epoch: "f", seq: 101 });
});

for (const order of ["reset first", "answer first"]) {
  test(`a resume that cannot be had is one reset, ${order}`, () => {
    const bench = new Bench();
    bench.protocol.follow(CHANNEL, { epoch: "old", seq: 500 });
    bench.protocol.start();
    bench.open();
    const messages = [["reset", CHANNEL, ["e", 9], "epoch"], ["subscribed", 1, [[CHANNEL, ["e", 9], 9]]]];
    bench.server(...(order === "reset first" ? messages : messages.reverse()), event(10));
    assert.deepEqual(bench.kinds.filter((kind) => kind === "reset" || kind === "event"), ["reset", "event"]);
    assert.equal(bench.protocol.state, "live");
  });
}

test("an answer from elsewhere than our cursor is a reset even if nobody says so", () => {
  const bench = new Bench();
  bench.protocol.follow(CHANNEL, { epoch: "e", seq: 5 });
  bench.protocol.start();
  bench.open();
  bench.server(["subscribed", 1, [[CHANNEL, ["e", 9], 9]]]);
  assert.ok(bench.kinds.includes("reset"));
});

test("a lost right ends the channel and is told", () => {
  const bench = Bench.live();
  bench.server(["unsubscribed", CHANNEL, "rights"], event(6));
  assert.deepEqual(bench.kinds, ["unsubscribed", "stopped"]);
});

test("a refusal that would be repeated ends the channel, one that may pass is tried again", () => {
  const bench = new Bench();
  bench.protocol.follow("thread:1", null);
  bench.protocol.follow("thread:2", null);
  bench.protocol.start();
  bench.open();
  bench.server(["subscribed", 1, [["thread:1", [4204, "none", null]], ["thread:2", [4002, "busy", 700]]]]);
  assert.ok(bench.kinds.includes("refused"));
  bench.clear();
  bench.pass(699);
  assert.deepEqual(bench.sent, []);
  bench.pass(1001);
  assert.deepEqual(bench.sent, [["subscribe", 2, [["thread:2", null]]]]);
});

test("a refused subscribe message is tried again for all its channels", () => {
  const bench = new Bench();
  bench.protocol.follow(CHANNEL, null);
  bench.protocol.start();
  bench.open();
  bench.server(["error", 1, 4003, "slow down", 100]);
  bench.pass(2000);
  assert.deepEqual(bench.sent.map(([kind]) => kind), ["subscribe", "subscribe"]);
});

test("after a loss it comes back by itself, from its cursor, without end", () => {
  const bench = Bench.live();
  bench.server(event(6));
  for (let loss = 0; loss < 40; loss += 1) {
    bench.clear();
    bench.close();
    bench.pass(16_000);
    assert.equal(bench.effects[0], "connect");
  }
  bench.open();
  assert.deepEqual(bench.sent.at(-1)?.[2], [[CHANNEL, ["e", 6]]]);
});

test("a close that names what is wrong with who we are is the end, any other is not", () => {
  const refused = Bench.live();
  refused.close(4300);
  assert.equal(refused.protocol.state, "stopped");
  assert.equal(refused.protocol.deadlineMs, null);
  const malformed = Bench.live();
  malformed.close(4200);
  assert.ok((malformed.protocol.deadlineMs ?? 0) >= 15_000);
  const overloaded = Bench.live();
  overloaded.server(["error", null, 4002, "busy", 9000]);
  overloaded.close(4002);
  assert.ok((overloaded.protocol.deadlineMs ?? 0) >= 9000);
});

test("silence is answered with a ping, and no answer is a lost line", () => {
  const bench = Bench.live();
  bench.pass(1000);
  assert.deepEqual(bench.sent.map(([kind]) => kind), ["ping"]);
  bench.server(["pong", 2]);
  bench.pass(1500);
  assert.deepEqual(bench.effects, []);
  bench.pass(1000);
  assert.deepEqual(bench.effects[0], "disconnect");
  assert.equal(bench.protocol.state, "offline");
});

test("woken, an open line is asked at once and a waiting one is tried at once", () => {
  const bench = Bench.live();
  bench.protocol.wake();
  bench.protocol.wake();
  bench.drain();
  assert.deepEqual(bench.sent.map(([kind]) => kind), ["ping"]);
  bench.close();
  bench.clear();
  bench.protocol.wake();
  bench.drain();
  assert.deepEqual(bench.effects, ["connect"]);
});

test("a probe that nobody answers gives the line up within seconds", () => {
  const bench = Bench.live();
  bench.protocol.wake();
  bench.drain();
  bench.pass(5000);
  assert.equal(bench.effects[0], "disconnect");
});

test("suspended it makes no try, started again it resumes", () => {
  const bench = Bench.live();
  bench.protocol.suspend();
  bench.drain();
  assert.deepEqual(bench.effects, ["disconnect"]);
  assert.equal(bench.protocol.deadlineMs, null);
  bench.clear();
  bench.protocol.start();
  bench.open();
  assert.deepEqual(bench.sent.at(-1)?.[2], [[CHANNEL, ["e", 5]]]);
});

test("nonsense from the server drops the connection, a kind of tomorrow does not", () => {
  const bench = Bench.live();
  bench.server(["whisper", 1]);
  assert.deepEqual(bench.effects, []);
  bench.protocol.received(new Uint8Array([0xc1]));
  bench.drain();
  assert.deepEqual(bench.effects, ["disconnect"]);
});

test("a subscribe that is never answered, or a handshake that never ends, is not waited for for ever", () => {
  const bench = new Bench();
  bench.protocol.follow(CHANNEL, null);
  bench.protocol.start();
  bench.drain();
  bench.pass(10_000);
  assert.deepEqual(bench.effects, ["connect", "disconnect"]);

  const other = new Bench();
  other.protocol.follow(CHANNEL, null);
  other.protocol.start();
  other.open();
  other.clear();
  for (let second = 0; second < 25; second += 1) {
    other.server(["pong", 1]);
    other.pass(1000);
  }
  assert.equal(other.effects[0], "disconnect");
});

test("signals are passed on, without a seq", () => {
  const bench = Bench.live();
  bench.server(["signal", CHANNEL, "typing", { name: "x" }], ["signal", "thread:9", "typing", {}]);
  assert.deepEqual(bench.kinds, ["signal"]);
});

test("a channel can be left, and one connection follows a bounded number", () => {
  const bench = Bench.live();
  bench.protocol.unfollow(CHANNEL);
  bench.drain();
  assert.deepEqual(bench.sent.map(([kind]) => kind), ["unsubscribe"]);
  for (let id = 1; id <= 1000; id += 1) {
    bench.protocol.follow(`thread:${id}`, null);
  }
  assert.throws(() => bench.protocol.follow("thread:1001", null), RangeError);
});

test("a signal is sent in a channel that is followed, and in no other", () => {
  const bench = Bench.live();
  bench.protocol.signal(CHANNEL, "reading");
  bench.protocol.signal("thread:2", "reading");
  bench.drain();
  assert.deepEqual(bench.sent, [["signal", CHANNEL, "reading"]]);
  bench.close();
  bench.clear();
  bench.protocol.signal(CHANNEL, "reading");
  bench.drain();
  assert.deepEqual(bench.sent, []);
});

test("a signal of the server is told as it came", () => {
  const bench = Bench.live();
  bench.server(["signal", CHANNEL, "presence", { reading: 2 }], ["signal", "thread:2", "presence", { reading: 3 }]);
  assert.deepEqual(bench.notices, [{ kind: "signal", channel: CHANNEL, name: "presence", data: { reading: 2 } }]);
});

test("the delay is the time until the answer to the question for it", () => {
  const bench = Bench.live();
  bench.protocol.measure();
  bench.drain();
  const [[, ref]] = bench.sent as [[string, number]];
  bench.nowMs += 40;
  bench.server(["pong", ref + 1], ["pong", ref], ["pong", ref]);
  assert.deepEqual(bench.notices, [{ kind: "delay", delayMs: 40 }]);
});
