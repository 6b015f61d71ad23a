// Messages to msgpack bytes and back. Whatever bytes come in, decoding answers with a message or throws `DecodeError`.

import { Decoder, encode } from "@msgpack/msgpack";
import { Code } from "./codes.ts";
import { DecodeError } from "./errors.ts";
import { MAX_ARRAY_ITEMS, MAX_DEPTH_LEVELS, MAX_MAP_ITEMS, MAX_SERVER_MESSAGE_BYTES } from "./limits.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";
import { parseServerMessage, toArray } from "./shapes.ts";

/** The WebSocket subprotocol of this encoding. */
export const SUBPROTOCOL = "tertulia.v1.msgpack";

const DECODER_LIMITS = {
  maxArrayLength: MAX_ARRAY_ITEMS,
  maxMapLength: MAX_MAP_ITEMS,
  maxBinLength: 0,
  maxExtLength: 0,
  mapKeyConverter: textKey,
} as const;

/** One message as the payload of one binary WebSocket message. */
export function encodeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
  return encode(toArray(message));
}

/** What came over a line: msgpack, JSON, or an array that was decoded already as a part of something else. */
export type Received = Uint8Array | string | readonly unknown[];

/** What a client received. An unknown kind is a `DecodeError` with `UNKNOWN_KIND`: ignore it. */
export function decodeServerMessage(received: Received): ServerMessage {
  const size = typeof received === "string" ? received.length : received instanceof Uint8Array ? received.byteLength : 0;
  if (size > MAX_SERVER_MESSAGE_BYTES) {
    throw new DecodeError(Code.TOO_LARGE, `A message may take ${MAX_SERVER_MESSAGE_BYTES} bytes.`);
  }
  const value = decodeValue(received);
  checkPlain(value, MAX_DEPTH_LEVELS);
  return parseServerMessage(value);
}

function decodeValue(received: Received): unknown {
  try {
    if (typeof received === "string") {
      return JSON.parse(received);
    }
    // A decoder of its own per message: one that failed half way keeps what it had begun.
    return received instanceof Uint8Array ? new Decoder(DECODER_LIMITS).decode(received) : received;
  } catch (error) {
    throw new DecodeError(Code.MALFORMED, error instanceof Error ? error.message : "This message cannot be read.");
  }
}

function textKey(key: unknown): string {
  if (typeof key !== "string") {
    throw new DecodeError(Code.MALFORMED, "The keys of a map are texts.");
  }
  return key;
}

function checkPlain(value: unknown, levels: number): void {
  if (typeof value === "number") {
    checkNumber(value);
  } else if (typeof value === "object" && value !== null) {
    if (levels === 0 || ArrayBuffer.isView(value)) {
      throw new DecodeError(Code.MALFORMED, `Plain values, nested up to ${MAX_DEPTH_LEVELS} levels, make a message.`);
    }
    for (const item of Array.isArray(value) ? value : Object.values(value)) {
      checkPlain(item, levels - 1);
    }
  }
}

function checkNumber(value: number): void {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new DecodeError(Code.MALFORMED, "Numbers are finite, integers lie within 53 bits.");
  }
}
