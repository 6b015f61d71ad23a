// What a conversation goes by: its times, and what it is handed.

import type { Transport } from "./ladder.ts";

/** The longest wait before another transport is tried. */
export const STEP_MS = 1000;
/** A close code from here on is the server's own word: the line itself is sound. */
export const FIRST_OWN_CODE = 4000;
export const DEFAULT_HEARTBEAT_MS = 25_000;
/** A connection that lasted this long was a good one: the next loss starts a new count of tries. */
export const SETTLED_MS = 10_000;

export interface ProtocolOptions {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Evenly from 0 to 1. */
  readonly random: () => number;
  /** What to try first. */
  readonly transport?: Transport;
  /** All that there are. */
  readonly transports?: readonly Transport[] | undefined;
}
