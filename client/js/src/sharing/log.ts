// Reading a channel's log over HTTP, for a tab that fills itself.

import { actionOf } from "../codes.ts";
import { type Cursor, formatCursor, isEpoch, isSeq } from "../cursors.ts";
import type { Event, WireMap } from "../messages.ts";
import type { LogAnswer } from "./tab.ts";

const TIMEOUT_MS = 30_000;

/** Up to a block of events after a cursor. Rejects where it is worth another try. */
export async function readLog(channel: string, after: Cursor, until: number): Promise<LogAnswer> {
  const query = new URLSearchParams({ channel, after: formatCursor(after), until: String(until) });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`/api/log?${query}`, { headers: { Accept: "application/json" }, signal });
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
