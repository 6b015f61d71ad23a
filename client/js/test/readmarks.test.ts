// What is known to be read: numbers that only grow, in whatever order they are told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadMarks } from "../src/page/readmarks.ts";

test("a mark that is told late or twice takes nothing back", () => {
  const marks = new ReadMarks();
  assert.equal(marks.isRead(17, 1), false);
  marks.saw(17, 25);
  marks.saw(17, 20);
  marks.saw(17, 25);
  assert.deepEqual([20, 25, 26].map((number) => marks.isRead(17, number)), [true, true, false]);
  assert.equal(marks.isRead(18, 1), false);
});

test("marks have a bound, and the one heard of last stays", () => {
  const marks = new ReadMarks();
  for (let thread = 1; thread <= 5_000; thread += 1) {
    marks.saw(1, thread);
    marks.saw(thread + 1, 3);
  }
  assert.equal(marks.isRead(1, 5_000), true);
  assert.equal(marks.isRead(2, 3), false);
  assert.equal(marks.isRead(5_001, 3), true);
});
