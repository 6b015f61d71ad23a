// How long ago: which words a moment gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spanOf } from "../src/page/ages.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test("what is recent is told in whole steps that have passed", () => {
  assert.deepEqual(spanOf(0), { count: 0, unit: "second" });
  assert.deepEqual(spanOf(MINUTE_MS - 1), { count: 0, unit: "second" });
  assert.deepEqual(spanOf(MINUTE_MS), { count: 1, unit: "minute" });
  assert.deepEqual(spanOf(HOUR_MS - 1), { count: 59, unit: "minute" });
  assert.deepEqual(spanOf(HOUR_MS), { count: 1, unit: "hour" });
  assert.deepEqual(spanOf(24 * HOUR_MS - 1), { count: 23, unit: "hour" });
});

test("a day is old enough for a date", () => {
  assert.equal(spanOf(24 * HOUR_MS), null);
  assert.equal(spanOf(Number.NaN), null);
});

test("a clock that is a little behind makes no future; a moment that is to come keeps its date", () => {
  assert.deepEqual(spanOf(-5_000), { count: 0, unit: "second" });
  assert.equal(spanOf(-MINUTE_MS), null);
});

test("numeric words exist for each unit in each language of the page", () => {
  for (const language of ["en", "es"]) {
    const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    assert.ok(words.format(-3, "minute").includes("3"));
    assert.equal(words.format(0, "second"), language === "en" ? "now" : "ahora");
  }
});
