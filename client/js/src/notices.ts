// What the protocol tells its shell to do, and what it tells its user.

import type { Transport } from "./ladder.ts";
import type { ClientMessage, Event, Reset, Signal, Unsubscribed } from "./messages.ts";

/**
 * For the shell, in order. After `disconnect` the protocol has forgotten the connection.
 *
 * - probe: open a second line beside the one that is there, and tell whether anything comes over it
 * - drop-probe: it took too long
 * - switch: the second line is the line from now on; the first is closed
 */
export type Effect =
  | { readonly kind: "connect" | "probe"; readonly transport: Transport }
  | { readonly kind: "send"; readonly message: ClientMessage }
  | { readonly kind: "disconnect" | "drop-probe" | "switch" };

/**
 * How current the reader's page is.
 *
 * - connecting: the first connection is being made
 * - catching-up: connected, what was missed is on its way
 * - live: everything up to now has been given out
 * - offline: the connection is lost; another try is due, endlessly
 * - stopped: refused for good, or nothing left to follow
 */
export type LiveState = "connecting" | "catching-up" | "live" | "offline" | "stopped";

export interface StateChanged {
  readonly kind: "state";
  readonly state: LiveState;
  /** How, if at all. */
  readonly transport: Transport;
}

/** The channel cannot be followed: repeating the request would fail again. */
export interface ChannelRefused {
  readonly kind: "refused";
  readonly channel: string;
  readonly code: number;
  readonly message: string;
}

/** For the user, in order: each event of a channel once, by seq; `unsubscribed` only if nobody here asked for it. */
export type ChannelNotice = Event | Reset | Signal | Unsubscribed | ChannelRefused;

/** How long the server took to answer a question just now. */
export interface DelayMeasured {
  readonly kind: "delay";
  readonly delayMs: number;
}

export type Notice = ChannelNotice | StateChanged | DelayMeasured;
