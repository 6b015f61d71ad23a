// How long ago something was, in the words that a reader would choose; older things have a date.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Beyond this a date says more than a number of hours. */
const RECENT_MS = 24 * HOUR_MS;

/** Clocks differ: what a fresh post is ahead of the reader's clock is no future. */
const AHEAD_MS = MINUTE_MS;

export interface Span {
  readonly count: number;
  readonly unit: "second" | "minute" | "hour";
}

/** Whole minutes or hours, 0 seconds for less than a minute; null for what is not recent, or not yet. */
export function spanOf(ageMs: number): Span | null {
  if (!(ageMs > -AHEAD_MS && ageMs < RECENT_MS)) {
    return null;
  }
  if (ageMs < MINUTE_MS) {
    return { count: 0, unit: "second" };
  }
  return ageMs < HOUR_MS
    ? { count: Math.floor(ageMs / MINUTE_MS), unit: "minute" }
    : { count: Math.floor(ageMs / HOUR_MS), unit: "hour" };
}
