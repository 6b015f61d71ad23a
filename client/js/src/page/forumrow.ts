// One forum of the index: its figures, the thread last posted in, and which of its threads are unread.

import { parseCursor } from "../cursors.ts";
import type { ThreadData } from "../data.ts";
import { pageCount, threadPath } from "./addresses.ts";
import { cappedWords } from "./bell.ts";
import { lastPost, markedCount } from "./threadwords.ts";
import { _, ngettext } from "./translation.ts";

export class ForumRow {
  readonly element: HTMLElement;
  /** What the figures know of: events up to here are in them. */
  readonly #seq: number;
  /** The unread threads, each with the number of its last post. */
  readonly #unread: Map<number, number>;

  constructor(element: HTMLElement) {
    this.element = element;
    this.#seq = parseCursor(element.dataset["cursor"] ?? "")?.seq ?? 0;
    const ends = (element.dataset["unread"] ?? "").split(",").filter((end) => end !== "");
    this.#unread = new Map(ends.map((end) => end.split(":").map(Number) as [number, number]));
  }

  knows(seq: number): boolean {
    return seq <= this.#seq;
  }

  get unreadThreads(): readonly (readonly [threadId: number, lastNumber: number])[] {
    return [...this.#unread];
  }

  countThread(): void {
    this.#showFigures(Number(this.element.dataset["threads"]) + 1, Number(this.element.dataset["posts"]));
  }

  countPost(): void {
    this.#showFigures(Number(this.element.dataset["threads"]), Number(this.element.dataset["posts"]) + 1);
  }

  /** Somebody else has posted. */
  addUnread(threadId: number, number: number): void {
    this.#unread.set(threadId, Math.max(number, this.#unread.get(threadId) ?? 0));
    this.#showUnread();
  }

  /** The thread was read up to a number; whether that changes something here. */
  read(threadId: number, number: number): boolean {
    const last = this.#unread.get(threadId);
    if (last === undefined || number < last) {
      return false;
    }
    this.#unread.delete(threadId);
    this.#showUnread();
    return true;
  }

  showLast(thread: ThreadData): void {
    const link = document.createElement("a");
    link.href = threadPath(thread, pageCount(thread.last_number));
    link.textContent = thread.title;
    const by = document.createElement("span");
    by.className = "quiet";
    by.append(...lastPost(thread));
    this.#slot("last")?.replaceChildren(link, " ", by);
    const { dataset } = this.element;
    dataset["lastNumber"] = String(thread.last_number);
    dataset["lastMs"] = String(thread.last_post_ms ?? 0);
  }

  #showFigures(threads: number, posts: number): void {
    this.element.dataset["threads"] = String(threads);
    this.element.dataset["posts"] = String(posts);
    const words = {
      threads: markedCount(threads, (count) => ngettext("%(count)s thread", "%(count)s threads", threads, { count })),
      posts: markedCount(posts, (count) => ngettext("%(count)s post", "%(count)s posts", posts, { count })),
    };
    this.#slot("threads")?.replaceChildren(...words.threads);
    this.#slot("posts")?.replaceChildren(...words.posts);
  }

  #showUnread(): void {
    const count = this.#unread.size;
    this.element.classList.toggle("is-unread", count > 0);
    const slot = this.#slot("unread");
    if (slot !== null) {
      slot.hidden = count === 0;
      slot.textContent = count === 0 ? "" : _("%(count)s unread", { count: cappedWords(count) });
    }
  }

  #slot(name: string): HTMLElement | null {
    return this.element.querySelector<HTMLElement>(`[data-slot=${name}]`);
  }
}
