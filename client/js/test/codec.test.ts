import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeServerMessage, encodeClientMessage } from "../src/codec.ts";
import { Code } from "../src/codes.ts";
import { DecodeError } from "../src/errors.ts";
import { MAX_SERVER_MESSAGE_BYTES } from "../src/limits.ts";
import type { ClientMessage } from "../src/messages.ts";
import { randomFrom } from "./chance.ts";
import vectors from "./vectors.json" with { type: "json" };

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

test("each message of a server is read as the server meant it", () => {
  for (const { hex, message } of vectors.server_messages) {
    assert.deepEqual(decodeServerMessage(fromHex(hex)), message);
  }
});

test("each message of a client is written byte for byte as the Python codec writes it", () => {
  for (const { hex, message } of vectors.client_messages) {
    assert.equal(Buffer.from(encodeClientMessage(message as unknown as ClientMessage)).toString("hex"), hex);
  }
});

test("what is no message is a DecodeError with a code", () => {
  for (const { what, hex } of vectors.not_messages) {
    const expected = what.startsWith("a kind of nobody") || what.includes("every object") ? Code.UNKNOWN_KIND : null;
    assert.throws(
      () => decodeServerMessage(fromHex(hex)),
      (error) => error instanceof DecodeError && (expected === null || error.code === expected),
      what,
    );
  }
});

test("a message that is too long is refused before it is read", () => {
  assert.throws(
    () => decodeServerMessage(new Uint8Array(MAX_SERVER_MESSAGE_BYTES + 1)),
    (error) => error instanceof DecodeError && error.code === Code.TOO_LARGE,
  );
});

test("whatever is broken in a message, decoding answers with a message or a DecodeError", () => {
  const chance = randomFrom(7);
  const samples = vectors.server_messages.map(({ hex }) => fromHex(hex));
  for (let round = 0; round < 5000; round += 1) {
    const bytes = samples[chance.below(samples.length)]!.slice();
    for (let change = chance.below(4); change >= 0; change -= 1) {
      bytes[chance.below(bytes.length)] = chance.below(256);
    }
    try {
      assert.ok(decodeServerMessage(bytes.subarray(0, chance.below(bytes.length + 1))).kind);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  }
});
