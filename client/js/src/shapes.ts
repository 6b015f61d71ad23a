// From decoded values to messages; every field from a peer is checked here.

import { Code } from "./codes.ts";
import { type Cursor, isEpoch, isSeq } from "./cursors.ts";
import { DecodeError } from "./errors.ts";
import {
  MAX_CHANNEL_CHARS,
  MAX_NAME_CHARS,
  MAX_REASON_CHARS,
  MAX_REF,
  MAX_SUBSCRIPTIONS_PER_MESSAGE,
} from "./limits.ts";
import type { Accepted, ClientMessage, Refused, ServerMessage, WireMap } from "./messages.ts";

type Fields = readonly unknown[];

/** The array of the wire, of plain values. */
export function toArray(message: ClientMessage): unknown[] {
  switch (message.kind) {
    case "subscribe":
      return [message.kind, message.ref, message.items.map(([channel, cursor]) => [channel, cursorArray(cursor)])];
    case "unsubscribe":
      return [message.kind, message.ref, message.channels];
    case "signal":
      return [message.kind, message.channel, message.name];
    case "ping":
      return [message.kind, message.ref];
  }
}

/** The message that a decoded array stands for; further items at its end are ignored. Throws `DecodeError`. */
export function parseServerMessage(value: unknown): ServerMessage {
  if (!Array.isArray(value) || typeof value[0] !== "string") {
    malformed("A message is an array whose first item is its kind.");
  }
  const [kind, ...rest] = value as [string, ...unknown[]];
  const parse = Object.hasOwn(PARSERS, kind) ? PARSERS[kind] : undefined;
  if (parse === undefined) {
    throw new DecodeError(Code.UNKNOWN_KIND, "This kind of message is unknown.");
  }
  return parse(rest);
}

const PARSERS: Readonly<Record<string, (fields: Fields) => ServerMessage>> = {
  hello: (fields) => ({ kind: "hello", data: map(take(fields, 1)[0]) }),
  subscribed: (fields) => {
    const [ref, items] = take(fields, 2);
    return { kind: "subscribed", ref: refOf(ref), items: list(items).map(outcome) };
  },
  event: (fields) => {
    const [channel, seq, name, data] = take(fields, 4);
    return { kind: "event", channel: channelOf(channel), seq: uint(seq), name: nameOf(name), data: map(data) };
  },
  signal: (fields) => {
    const [channel, name, data] = take(fields, 3);
    return { kind: "signal", channel: channelOf(channel), name: nameOf(name), data: map(data) };
  },
  reset: (fields) => {
    const [channel, cursor, reason] = take(fields, 3);
    return { kind: "reset", channel: channelOf(channel), cursor: cursorOf(cursor), reason: text(reason) };
  },
  unsubscribed: (fields) => {
    const [channel, reason] = take(fields, 2);
    return { kind: "unsubscribed", channel: channelOf(channel), reason: text(reason) };
  },
  error: (fields) => {
    const [ref, code, message, retryAfterMs] = take(fields, 4);
    return {
      kind: "error",
      ref: ref === null ? null : refOf(ref),
      code: uint(code),
      message: text(message),
      retryAfterMs: optionalUint(retryAfterMs),
    };
  },
  drain: (fields) => ({ kind: "drain", afterMs: uint(take(fields, 1)[0]) }),
  pong: (fields) => ({ kind: "pong", ref: refOf(take(fields, 1)[0]) }),
};

function outcome(item: unknown): Accepted | Refused {
  if (Array.isArray(item) && item.length === 2) {
    const [code, message, retryAfterMs] = take(item[1], 3);
    return {
      channel: channelOf(item[0]),
      code: uint(code),
      message: text(message),
      retryAfterMs: optionalUint(retryAfterMs),
    };
  }
  const [channel, cursor, head] = take(item, 3);
  return { channel: channelOf(channel), cursor: cursorOf(cursor), head: uint(head) };
}

function cursorArray(cursor: Cursor | null): unknown[] | null {
  return cursor === null ? null : [cursor.epoch, cursor.seq];
}

function malformed(message: string): never {
  throw new DecodeError(Code.MALFORMED, message);
}

/** At least `count` items; a later release may add more at the end. */
function take(value: unknown, count: number): Fields {
  if (!Array.isArray(value) || value.length < count) {
    malformed(`Expected an array of ${count} items.`);
  }
  return value;
}

function list(value: unknown): Fields {
  if (!Array.isArray(value)) {
    malformed("Expected an array.");
  }
  if (value.length > MAX_SUBSCRIPTIONS_PER_MESSAGE) {
    throw new DecodeError(Code.TOO_LARGE, `An array may hold ${MAX_SUBSCRIPTIONS_PER_MESSAGE} items here.`);
  }
  return value;
}

function map(value: unknown): WireMap {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    malformed("Expected a map.");
  }
  return value as WireMap;
}

function text(value: unknown, maxChars: number = MAX_REASON_CHARS): string {
  if (typeof value !== "string" || value.length > maxChars) {
    malformed(`Expected a text of at most ${maxChars} characters.`);
  }
  return value;
}

function channelOf(value: unknown): string {
  return text(value, MAX_CHANNEL_CHARS);
}

function nameOf(value: unknown): string {
  return text(value, MAX_NAME_CHARS);
}

function uint(value: unknown): number {
  if (!isSeq(value)) {
    malformed("Expected an integer from 0 to 2^53-1.");
  }
  return value;
}

function optionalUint(value: unknown): number | null {
  return value === null ? null : uint(value);
}

function refOf(value: unknown): number {
  if (uint(value) > MAX_REF) {
    malformed(`Expected an integer from 0 to ${MAX_REF}.`);
  }
  return value as number;
}

function cursorOf(value: unknown): Cursor {
  const [epoch, seq] = take(value, 2);
  if (!isEpoch(epoch)) {
    malformed("An epoch is 1 to 32 lower-case letters and digits.");
  }
  return { epoch, seq: uint(seq) };
}
