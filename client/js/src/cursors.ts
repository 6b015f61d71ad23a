// Cursors: how far someone has got in a channel. Plain data, valid at any worker.

import { MAX_EPOCH_CHARS, MAX_SEQ } from "./limits.ts";

/** The last seq that was seen (0: none yet) and the epoch of the log that gave it. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

const EPOCH = new RegExp(`^[0-9a-z]{1,${MAX_EPOCH_CHARS}}$`);
const TEXT = /^([0-9a-z]+)\.(0|[1-9][0-9]{0,15})$/;

export function isEpoch(value: unknown): value is string {
  return typeof value === "string" && EPOCH.test(value);
}

export function isSeq(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MAX_SEQ;
}

/** `EPOCH.SEQ` as a cursor, or null for anything else. */
export function parseCursor(text: string): Cursor | null {
  const match = TEXT.exec(text);
  if (match === null || !isEpoch(match[1])) {
    return null;
  }
  const seq = Number(match[2]);
  return isSeq(seq) ? { epoch: match[1], seq } : null;
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}.${cursor.seq}`;
}
