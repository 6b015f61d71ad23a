// One forum of the index: its figures, the thread last posted in, and which of its threads are unread.

import { parseCursor } from "../cursors.ts";
import type { ThreadData } from "../data.ts";
import { pageCount, threadPath } from "./addresses.ts";
import { cappedWords } from "./bell.ts";
import { lastPost, markedCount } from "./threadwords.ts";
import { _, ngettext } from "./translation.ts";

/** An unread thread: its last post that can be read, up to where its reader has come, and what was removed meanwhile. */
interface End {
  last: number;
  mark: number;
  readonly removed: Set<number>;
}

export class ForumRow {
  readonly element: HTMLElement;
  /** What the figures know of: events up to here are in them. */
  readonly #seq: number;
  readonly #unread = new Map<number, End>();

  constructor(element: HTMLElement) {
    this.element = element;
    this.#seq = parseCursor(element.dataset["cursor"] ?? "")?.seq ?? 0;
    for (const end of (element.dataset["unread"] ?? "").split(",").filter((text) => text !== "")) {
      const [threadId = 0, last = 0, mark = 0] = end.split(":").map(Number);
      this.#unread.set(threadId, { last, mark, removed: new Set() });
    }
  }

  knows(seq: number): boolean {
    return seq <= this.#seq;
  }

  get unreadThreads(): readonly (readonly [threadId: number, lastNumber: number])[] {
    return [...this.#unread].map(([threadId, { last }]) => [threadId, last] as const);
  }

  countThread(): void {
    this.#showFigures(Number(this.element.dataset["threads"]) + 1, Number(this.element.dataset["posts"]));
  }

  countPost(step: 1 | -1): void {
    this.#showFigures(Number(this.element.dataset["threads"]), Number(this.element.dataset["posts"]) + step);
  }

  /** Somebody else has posted. In a thread that was not unread, all before it was read, or need not be. */
  addUnread(threadId: number, number: number): void {
    const end = this.#unread.get(threadId) ?? { last: number, mark: number - 1, removed: new Set() };
    end.last = Math.max(number, end.last);
    this.#unread.set(threadId, end);
    this.#showUnread();
  }

  /** A post is gone; whether its thread is unread still follows from where its reader has come. */
  removePost(thread: ThreadData, number: number): void {
    const end = this.#unread.get(thread.id);
    if (end !== undefined) {
      end.removed.add(number);
      while (end.removed.has(end.last)) {
        end.last -= 1;
      }
      if (end.last <= end.mark || (thread.last_post_ms ?? 0) <= Number(this.element.dataset["floorMs"] ?? 0)) {
        this.#unread.delete(thread.id);
      }
      this.#showUnread();
    }
    const { dataset } = this.element;
    if (dataset["guestThread"] === String(thread.id) && dataset["lastNumber"] === String(number)) {
      dataset["lastNumber"] = String(number - 1);
      dataset["lastMs"] = String(thread.last_post_ms ?? 0);
    }
  }

  /** The thread was read up to a number; whether that changes something here. */
  read(threadId: number, number: number): boolean {
    const end = this.#unread.get(threadId);
    if (end === undefined || number < end.last) {
      if (end !== undefined) {
        end.mark = Math.max(end.mark, number);
      }
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
