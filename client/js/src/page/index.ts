// The index of forums, brought to life: it follows the channels of the forums that it shows, so that nothing per post
// has to be told to the whole site. What is unread is worked out from numbers: of the last posts, and of the reader's
// marks, which are told in the reader's own channel.

import { parseCursor } from "../cursors.ts";
import type { PostEventData, ThreadData } from "../data.ts";
import type { Event } from "../messages.ts";
import { ForumRow } from "./forumrow.ts";
import type { FreshPage } from "./fresh.ts";
import type { PageLine } from "./line.ts";
import { isLost } from "./lost.ts";
import { markUnread } from "./marks.ts";
import { listenToMarks, ReadMarks } from "./readmarks.ts";
import { Rereading } from "./rereading.ts";
import { localiseTimes } from "./times.ts";

/** Of one page: a connection may follow more, and other parts of the page want some of it. */
const MAX_FOLLOWED = 50;

/** What an event does not say in figures is read again by all who look, spread over this. */
const SPREAD_MS = 30_000;

/** Something left a forum, perhaps the thread whose title stands here: which, no event says. */
const LEFT_SPREAD_MS = 3_000;

const QUIET: ReadonlySet<string> = new Set(["post.rated", "thread.changed"]);

export function startIndex(index: HTMLElement, line: PageLine, memberId: number | null): void {
  const live = new LiveIndex(index, memberId);
  line.listen((notice) => {
    if (!("channel" in notice) || !live.has(notice.channel)) {
      return;
    }
    if (notice.kind === "event") {
      live.take(notice);
    } else if (notice.kind === "reset") {
      live.readAgain(SPREAD_MS);
    } else if (isLost(notice)) {
      live.drop(notice.channel);
    }
  });
  if (memberId !== null) {
    listenToMarks(memberId, line, {
      onMark: (threadId, number) => live.read(threadId, number),
      onMany: () => live.readAgain(0),
    });
  }
  for (const { dataset } of live.rows()) {
    line.follow(dataset["channel"] ?? "", parseCursor(dataset["cursor"] ?? ""));
  }
}

class LiveIndex {
  readonly #index: HTMLElement;
  readonly #memberId: number | null;
  readonly #forums = new Map<string, ForumRow>();
  readonly #marks = new ReadMarks();
  readonly #rereading: Rereading;

  constructor(index: HTMLElement, memberId: number | null) {
    this.#index = index;
    this.#memberId = memberId;
    this.rows().forEach((element) => this.#keep(element));
    this.#rereading = new Rereading({ apply: (fresh) => this.#apply(fresh), take: (event) => this.take(event) });
    this.#rereading.onReturn();
  }

  rows(): HTMLElement[] {
    return [...this.#index.querySelectorAll<HTMLElement>("[data-channel]")].slice(0, MAX_FOLLOWED);
  }

  has(channel: string): boolean {
    return this.#forums.has(channel);
  }

  take(event: Event): void {
    const row = this.#forums.get(event.channel);
    if (row === undefined || this.#rereading.hold(event) || row.knows(event.seq)) {
      return;
    }
    const { thread, post } = event.data as Partial<PostEventData>;
    if (thread !== undefined && event.name === "thread.created") {
      row.countThread();
    } else if (thread !== undefined && post !== undefined && event.name === "post.created") {
      row.countPost(1);
      row.showLast(thread);
      this.#noticePost(row, post.author.id, thread.id, post.number);
    } else if (thread === undefined || thread.is_merged) {
      this.readAgain(LEFT_SPREAD_MS);
    } else if (!QUIET.has(event.name)) {
      if (post !== undefined && event.name === "post.removed") {
        this.#noticeRemoval(row, thread, post.number);
      }
      this.readAgain(SPREAD_MS); // which thread is the last one now
    }
  }

  readAgain(spreadMs: number): void {
    this.#rereading.within(spreadMs);
  }

  /** The member has read a thread up to a number, in whatever window. */
  read(threadId: number, number: number): void {
    this.#marks.saw(threadId, number);
    this.#forums.forEach((row) => row.read(threadId, number));
  }

  /** The reader may not read the forum any more: nothing of it stays here. */
  drop(channel: string): void {
    const element = this.#forums.get(channel)?.element;
    const category = element?.closest(".category");
    this.#forums.delete(channel);
    element?.remove();
    if (category?.querySelector(".forum") === null) {
      category.remove();
    }
  }

  #noticePost(row: ForumRow, authorId: number, threadId: number, number: number): void {
    if (this.#memberId === null) {
      row.element.dataset["guestThread"] = String(threadId);
      markUnread(this.#index);
    } else if (authorId !== this.#memberId && !this.#marks.isRead(threadId, number)) {
      row.addUnread(threadId, number);
    }
  }

  #noticeRemoval(row: ForumRow, thread: ThreadData, number: number): void {
    row.countPost(-1);
    row.removePost(thread, number);
    markUnread(this.#index);
  }

  #keep(element: HTMLElement): void {
    const row = new ForumRow(element);
    this.#forums.set(element.dataset["channel"] ?? "", row);
    for (const [threadId, last] of row.unreadThreads) {
      if (this.#marks.isRead(threadId, last)) {
        row.read(threadId, last);
      }
    }
  }

  #apply({ page }: FreshPage): void {
    for (const [channel, { element }] of this.#forums) {
      const fresh = page.querySelector<HTMLElement>(`#index [data-channel="${channel}"]`);
      if (fresh !== null) {
        const row = document.adoptNode(fresh);
        element.replaceWith(row);
        this.#keep(row);
      }
    }
    localiseTimes(this.#index);
    markUnread(this.#index);
  }
}
