// The voice of the page: together, seldom, and the latest word about each thing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Announcer } from "../src/page/announcer.ts";

function hear(): { said: string[]; announcer: Announcer; pass: () => void } {
  const said: string[] = [];
  const timers: (() => void)[] = [];
  const announcer = new Announcer({ say: (words) => said.push(words), setTimer: (callback) => timers.push(callback) });
  return { said, announcer, pass: () => timers.splice(0).forEach((callback) => callback()) };
}

test("what comes together is said together, the latest about each thing", () => {
  const { said, announcer, pass } = hear();
  announcer.tell("posts", "1 new post");
  announcer.tell("line", "Reconnecting…");
  announcer.tell("posts", "2 new posts");
  assert.deepEqual(said, []);
  pass();
  assert.deepEqual(said, ["Reconnecting… 2 new posts"]);
});

test("after it spoke the voice rests, and then says what came meanwhile, once", () => {
  const { said, announcer, pass } = hear();
  announcer.tell("posts", "1 new post");
  pass();
  for (let count = 2; count < 60; count += 1) {
    announcer.tell("posts", `${count} new posts`);
  }
  assert.deepEqual(said, ["1 new post"]);
  pass();
  pass();
  pass();
  assert.deepEqual(said, ["1 new post", "59 new posts"]);
});

test("what has passed by is not said", () => {
  const { said, announcer, pass } = hear();
  announcer.tell("posts", "1 new post");
  announcer.forget("posts");
  pass();
  assert.deepEqual(said, []);
});
