// Calls of the JSON API from the page, signed in by its cookie.

import type { NotificationData, PostData, ThreadData } from "../data.ts";
import { _ } from "./translation.ts";

const TIMEOUT_MS = 30_000;

/** A refusal, in a sentence for people; `code` is 0 if there was no answer at all. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: number;
  /** When to come back, 0 if the server does not say. */
  readonly retryAfterMs: number;

  constructor(message: string, code: number, status: number, retryAfterMs = 0) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface PostOutcome {
  readonly post: PostData;
  readonly thread: ThreadData;
}

/** What a member thinks of another's post. */
export type Mark = "positive" | "none" | "negative";

/** A number whose post stands in another thread now. */
export interface MovedLine {
  readonly number: number;
  readonly post_id: number;
}

export interface ThreadPage {
  readonly thread: ThreadData;
  readonly posts: readonly PostData[];
  readonly page: number;
  readonly page_count: number;
  readonly moved: readonly MovedLine[];
  readonly cursor: readonly [epoch: string, seq: number];
  /** The reader's own marks, by the ids of the posts. */
  readonly marks: Readonly<Record<string, Mark>>;
}

export function removePost(postId: number): Promise<PostOutcome> {
  return call("DELETE", `/api/posts/${postId}`);
}

export function ratePost(postId: number, mark: Mark): Promise<PostOutcome> {
  return call("PUT", `/api/posts/${postId}/rating`, {}, { mark });
}

export function readThreadPage(threadId: number, page: number): Promise<ThreadPage> {
  return call("GET", `/api/threads/${threadId}/posts?page=${page}`);
}

/** `isLeaving`: it goes out although the page goes away. */
export function setMark(threadId: number, number: number, isLeaving: boolean): Promise<unknown> {
  return call("PUT", `/api/threads/${threadId}/mark`, {}, { number }, { keepalive: isLeaving });
}

export interface Inbox {
  readonly notifications: readonly NotificationData[];
  readonly unread: number;
}

export function readNotifications(): Promise<Inbox> {
  return call("GET", "/api/notifications");
}

export async function call<T>(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
  more: RequestInit = {},
): Promise<T> {
  const options: RequestInit = { ...more, method, headers: { Accept: "application/json", ...headers } };
  options.signal = AbortSignal.timeout(TIMEOUT_MS);
  if (body !== undefined) {
    options.headers = { ...options.headers, "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options).catch(() => {
    throw new ApiError(_("The server cannot be reached right now."), 0, 0);
  });
  if (!response.ok) {
    throw await problemOf(response);
  }
  return (await response.json().catch(() => {
    throw new ApiError(_("The answer of the server was cut short."), 0, 0);
  })) as T;
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: unknown; title?: unknown; code?: unknown; retry_after_ms?: unknown };
  const words = [problem.detail, problem.title].find((text) => typeof text === "string" && text !== "");
  const code = typeof problem.code === "number" ? problem.code : 0;
  const retryAfterMs = typeof problem.retry_after_ms === "number" ? problem.retry_after_ms : 0;
  return new ApiError(String(words ?? _("The server answered %(status)s.", { status: response.status })), code, response.status, retryAfterMs);
}
