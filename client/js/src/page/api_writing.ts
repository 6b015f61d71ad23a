// Calls of the JSON API for writing: posts and edits, and what helps before them.

import type { PostData } from "../data.ts";
import { call, type PostOutcome } from "./api.ts";

/** A text on its way to become a post; `draft` is the version of the kept draft that is done with then. */
export interface Sent {
  readonly title: string;
  readonly text: string;
  readonly key: string;
  readonly draft: number;
}

/** The same key again gives the same post: a repeated request posts once. */
export function createPost(threadId: number, { text, key, draft }: Sent): Promise<PostOutcome> {
  return call("POST", `/api/threads/${threadId}/posts`, { "Idempotency-Key": key }, { text, draft });
}

export function createThread(forumId: number, { title, text, key, draft }: Sent): Promise<PostOutcome> {
  return call("POST", `/api/forums/${forumId}/threads`, { "Idempotency-Key": key }, { title, text, draft });
}

export function editPost(postId: number, text: string, version: number): Promise<PostOutcome> {
  return call("PATCH", `/api/posts/${postId}`, {}, { text, version });
}

export function restorePost(postId: number): Promise<PostOutcome> {
  return call("POST", `/api/posts/${postId}/restore`);
}

export function readPost(postId: number): Promise<{ readonly post: PostData }> {
  return call("GET", `/api/posts/${postId}`);
}

export function readQuote(postId: number): Promise<{ readonly markdown: string }> {
  return call("GET", `/api/posts/${postId}/quote`);
}

export function previewPost(text: string, postId?: number): Promise<{ readonly html: string }> {
  return call("POST", "/api/preview", {}, postId === undefined ? { text } : { text, post_id: postId });
}

export interface Suggested {
  readonly members: readonly { readonly id: number; readonly name: string }[];
}

export function findNames(start: string, threadId: number | null): Promise<Suggested> {
  const thread = threadId === null ? "" : `&thread=${threadId}`;
  return call("GET", `/api/names?start=${encodeURIComponent(start)}${thread}`);
}

export interface KeptDraft {
  readonly title: string;
  readonly text: string;
  readonly version: number;
  readonly changed_ms: number;
}

export interface SavedDraft {
  readonly draft: KeptDraft | null;
  readonly other: KeptDraft | null;
  readonly taken: boolean;
}

export function readDraft(place: string): Promise<{ readonly draft: KeptDraft | null }> {
  return call("GET", `/api/draft?place=${place}`);
}

/** `isParting`: it goes out although the page goes away. */
export function saveDraft(
  draft: { place: string; title: string; text: string; base: number; age_ms: number },
  isParting: boolean,
): Promise<SavedDraft> {
  return call("PUT", "/api/draft", {}, draft, { keepalive: isParting && draft.text.length < 15_000 });
}

/** It goes out although the page goes away: a text that is posted often leads to another page. */
export function dropDraft(place: string, version: number): Promise<unknown> {
  return call("DELETE", `/api/draft?place=${place}&version=${version}`, {}, undefined, { keepalive: true });
}
