// Codes, limits and cursors are those of the wire package.

import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, Code } from "../src/codes.ts";
import { formatCursor, parseCursor } from "../src/cursors.ts";
import * as limits from "../src/limits.ts";
import { keyHash } from "../src/page/keys.ts";
import vectors from "./vectors.json" with { type: "json" };

test("each code asks for the action that the table gives it", () => {
  for (const { number, action } of [...vectors.codes, ...vectors.foreign_codes]) {
    assert.equal(actionOf(number), action, String(number));
  }
});

test("the codes that are named here have the numbers of the table", () => {
  const numbers = new Map(vectors.codes.map(({ name, number }) => [name, number]));
  for (const [name, number] of Object.entries(Code)) {
    assert.equal(number, numbers.get(name), name);
  }
});

test("the limits that are named here have the figures of the wire package", () => {
  const figures = vectors.limits as Record<string, number>;
  for (const [name, figure] of Object.entries(limits)) {
    assert.equal(figure, figures[name], name);
  }
});

test("a cursor is EPOCH.SEQ", () => {
  assert.deepEqual(parseCursor("k3v9.0"), { epoch: "k3v9", seq: 0 });
  assert.equal(formatCursor({ epoch: "a", seq: 12 }), "a.12");
  for (const text of ["", "a", "a.", ".1", "A.1", "a.01", "a.-1", "a.1.2", "a.9007199254740992", `${"a".repeat(33)}.1`]) {
    assert.equal(parseCursor(text), null, text);
  }
  assert.deepEqual(parseCursor("a.9007199254740991"), { epoch: "a", seq: Number.MAX_SAFE_INTEGER });
});

test("the hash of a key is the one that events carry", async () => {
  for (const { key, hash } of vectors.key_hashes) {
    assert.equal(await keyHash(key), hash);
  }
});
