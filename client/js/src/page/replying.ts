// A reply, at the end of a thread's page or on a page of its own, and what the thread's events mean for it.

import type { PostData, ThreadData } from "../data.ts";
import { createPost } from "./api_writing.ts";
import { Composer } from "./composer.ts";
import { updateGlimpses } from "./glimpses.ts";
import { Quoted } from "./quoted.ts";
import { watchQuotes } from "./quoting.ts";
import { Since } from "./since.ts";
import { Writing } from "./writing.ts";

export interface ReplyingOptions {
  readonly form: HTMLFormElement;
  /** Where posts are quoted from. */
  readonly posts: HTMLElement;
  /** What the server has put into the form: of which kept draft it is, 0 for none, and whether more than that. */
  readonly base?: number;
  readonly hasMore?: boolean;
  readonly threadId: number;
  readonly memberId: string;
  readonly lastNumber: number;
  readonly onPosted: (post: PostData, thread: ThreadData) => void;
}

export class Replying {
  readonly #writing: Writing;
  readonly #since: Since;
  readonly #quoted: Quoted;
  readonly composer: Composer;

  constructor({ form, posts, threadId, memberId, lastNumber, base, hasMore, onPosted }: ReplyingOptions) {
    const composer = new Composer(form, threadId);
    this.composer = composer;
    const since = new Since(threadId, lastNumber, composer.beside);
    const quoted = new Quoted(composer);
    this.#since = since;
    this.#quoted = quoted;
    this.#writing = new Writing(composer, {
      memberId,
      place: `thread:${threadId}`,
      base: base ?? 0,
      hasMore: hasMore ?? false,
      send: (sent) => createPost(threadId, sent),
      onPosted: (post, thread) => {
        since.begin(null);
        onPosted(post, thread);
      },
      onBegun: (number) => {
        if (number !== undefined) {
          since.begin(number);
        } else if (since.begunAt === null) {
          since.begin(since.lastNumber);
        }
      },
      sinceNumber: () => since.begunAt,
      onRestored: (changedMs) => void quoted.look(changedMs),
    });
    watchQuotes(posts, composer);
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) {
        observer.disconnect();
        this.#writing.begin();
      }
    });
    observer.observe(form);
  }

  noticePost(hash: string | undefined, post: PostData, thread: ThreadData): void {
    this.#writing.noticePost(hash, post, thread);
    this.reached(thread.last_number);
  }

  /** The thread is known to have this many numbers. */
  reached(lastNumber: number): void {
    this.#since.reached(lastNumber);
  }

  /** The thread may not be read any more: the text stays, what stood beside it goes. */
  lose(): void {
    this.composer.clearBeside();
  }

  /** A post was edited, removed or restored: the reply may quote it. */
  noticeChange(post: PostData): void {
    this.#quoted.changed(post);
    updateGlimpses(this.composer.form, post);
  }
}
