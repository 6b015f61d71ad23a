// The messages of protocol version 1. On the wire each is an array whose first item is its kind.

import type { Cursor } from "./cursors.ts";

export type WireMap = Record<string, unknown>;

/** Follow channels, each from a cursor (resume) or from now (null). */
export interface Subscribe {
  readonly kind: "subscribe";
  readonly ref: number;
  readonly items: readonly (readonly [channel: string, cursor: Cursor | null])[];
}

export interface Unsubscribe {
  readonly kind: "unsubscribe";
  readonly ref: number;
  readonly channels: readonly string[];
}

/** A passing notice from a client. */
export interface SendSignal {
  readonly kind: "signal";
  readonly channel: string;
  readonly name: string;
}

export interface Ping {
  readonly kind: "ping";
  readonly ref: number;
}

export type ClientMessage = Subscribe | Unsubscribe | SendSignal | Ping;

/** First message of a connection: server, protocol, heartbeat_ms, limits, member. */
export interface Hello {
  readonly kind: "hello";
  readonly data: WireMap;
}

/** One channel of `Subscribed`: events after `cursor` follow; caught up when seq >= `head`. */
export interface Accepted {
  readonly channel: string;
  readonly cursor: Cursor;
  readonly head: number;
}

/** One channel of `Subscribed` that is not followed. */
export interface Refused {
  readonly channel: string;
  readonly code: number;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

export interface Subscribed {
  readonly kind: "subscribed";
  readonly ref: number;
  readonly items: readonly (Accepted | Refused)[];
}

export interface Event {
  readonly kind: "event";
  readonly channel: string;
  readonly seq: number;
  readonly name: string;
  readonly data: WireMap;
}

export interface Signal {
  readonly kind: "signal";
  readonly channel: string;
  readonly name: string;
  readonly data: WireMap;
}

/** Forget what you hold of the channel, read it afresh, and go on from `cursor`. */
export interface Reset {
  readonly kind: "reset";
  readonly channel: string;
  readonly cursor: Cursor;
  readonly reason: string;
}

export interface Unsubscribed {
  readonly kind: "unsubscribed";
  readonly channel: string;
  readonly reason: string;
}

export interface ErrorMessage {
  readonly kind: "error";
  readonly ref: number | null;
  readonly code: number;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** This server is about to stop: come back (to any worker) after `afterMs`. */
export interface Drain {
  readonly kind: "drain";
  readonly afterMs: number;
}

export interface Pong {
  readonly kind: "pong";
  readonly ref: number;
}

export type ServerMessage =
  | Hello
  | Subscribed
  | Event
  | Signal
  | Reset
  | Unsubscribed
  | ErrorMessage
  | Drain
  | Pong;
