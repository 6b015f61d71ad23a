// Reading a channel's log over HTTP: for a tab that fills itself, and for who begins at a time.

import { actionOf } from "../codes.ts";
import { type Cursor, formatCursor, isEpoch, isSeq } from "../cursors.ts";
import type { Event, WireMap } from "../messages.ts";

const TIMEOUT_MS = 30_000;

/** A block of a channel's log; or why there is none: a fresh cursor to start over from, or a refusal for good. */
export type LogAnswer =
  | { readonly kind: "events"; readonly events: readonly Event[]; readonly cursor: Cursor }
  | { readonly kind: "reset"; readonly cursor: Cursor; readonly reason: string }
  | { readonly kind: "refused"; readonly code: number; readonly message: string };

/** Up to a block of events after a cursor. Rejects where it is worth another try. `url`: of the server, if not this page's. */
export async function readLog(
  channel: string,
  after: Cursor,
  until: number,
  url = "",
  headers: Readonly<Record<string, string>> = {},
): Promise<LogAnswer> {
  const query = new URLSearchParams({ channel, after: formatCursor(after), until: String(until) });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const path = `/api/log?${query}`;
  const address = url === "" ? path : new URL(path, url);
  const response = await fetch(address, { headers: { Accept: "application/json", ...headers }, signal });
  return readAnswer(response.status, await response.json());
}

/** What the server's answer means; throws for what is no answer, or one that says to come again. */
export function readAnswer(status: number, body: unknown): LogAnswer {
  const data = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const cursor = cursorOf(data["cursor"]);
  if (status === 200 && cursor !== null && Array.isArray(data["events"])) {
    return { kind: "events", events: data["events"].map(eventOf), cursor };
  }
  if (status === 410 && cursor !== null) {
    return { kind: "reset", cursor, reason: String(data["reason"]) };
  }
  const code = typeof data["code"] === "number" ? data["code"] : 0;
  if (status >= 400 && status < 500 && ["correct", "give up"].includes(actionOf(code))) {
    return { kind: "refused", code, message: String(data["detail"]) };
  }
  throw new Error(`The log was not read: ${status}.`);
}

function eventOf(value: unknown): Event {
  const [channel, seq, name, data] = value as [string, number, string, WireMap];
  if (typeof channel !== "string" || !isSeq(seq) || typeof name !== "string") {
    throw new Error("This is no event.");
  }
  return { kind: "event", channel, seq, name, data };
}

function cursorOf(value: unknown): Cursor | null {
  if (!Array.isArray(value)) {
    return null;
  }
  const [epoch, seq] = value as unknown[];
  return isEpoch(epoch) && isSeq(seq) ? { epoch, seq } : null;
}
