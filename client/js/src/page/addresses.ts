// Addresses of pages, and which page holds which number: the server's rules.

import { POSTS_PER_PAGE } from "../limits.ts";

export interface ThreadAddress {
  readonly id: number;
  readonly slug: string;
}

/** The page, from 1, that holds the post with this number. */
export function pageOf(number: number): number {
  return Math.floor((number - 1) / POSTS_PER_PAGE) + 1;
}

export function pageCount(lastNumber: number): number {
  return Math.max(1, pageOf(lastNumber));
}

/** `/threads/17-title`, with `/page-2` from the second page on. */
export function threadPath(thread: ThreadAddress, page: number): string {
  const base = thread.slug === "" ? `/threads/${thread.id}` : `/threads/${thread.id}-${thread.slug}`;
  return page <= 1 ? base : `${base}/page-${page}`;
}

/** Where a post is read: its page, and its place on it if its id is known. */
export function postPath(thread: ThreadAddress, number: number, postId: number | null): string {
  return threadPath(thread, pageOf(number)) + (postId === null ? "" : `#post-${postId}`);
}
