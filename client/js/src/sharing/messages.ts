// What a tab and the worker that holds its line say to each other. All of it can be cloned.

import type { Cursor } from "../cursors.ts";
import type { Transport } from "../ladder.ts";
import type { Notice } from "../notices.ts";

/**
 * - follow: hear of a channel from a cursor on; answered with `joined`
 * - start, suspend: the tab wants the line, or is put aside and forgets what it followed
 * - wake, measure: look whether the line lives, ask how long an answer takes
 * - signal: something said in passing in a channel
 * - seen: so many notices have been taken since the last time
 * - bye: the tab is gone
 */
export type TabMessage =
  | { readonly kind: "follow"; readonly channel: string; readonly cursor: Cursor | null }
  | { readonly kind: "unfollow"; readonly channel: string }
  | { readonly kind: "start"; readonly isReader: boolean }
  | { readonly kind: "suspend" | "wake" | "measure" | "bye" }
  | { readonly kind: "signal"; readonly channel: string; readonly name: string }
  | { readonly kind: "seen"; readonly count: number };

/**
 * - joined: the tab hears of what comes after `cursor`; what lies between its own and this one it reads from the log
 * - lost: the tab took nothing for too long; it is to follow everything again
 */
export type WorkerMessage =
  | { readonly kind: "notice"; readonly notice: Notice }
  | { readonly kind: "joined"; readonly channel: string; readonly cursor: Cursor | null }
  | { readonly kind: "lost" };

/** What a tab says first: the name of a lock that it holds for as long as it lives, and what worked for it last. */
export interface Hello {
  readonly kind: "hello";
  readonly lock: string;
  readonly transport: Transport;
}
