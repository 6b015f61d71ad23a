// The index of forums, brought to life: it follows the channels of the forums that it shows, so that nothing per post
// has to be told to the whole site.

import { parseCursor } from "../cursors.ts";
import type { PostEventData, ThreadData } from "../data.ts";
import type { Event } from "../messages.ts";
import { pageCount, threadPath } from "./addresses.ts";
import { type ForumSummary, readForums } from "./api.ts";
import type { PageLine } from "./line.ts";
import { lastPost, markedCount } from "./threadlist.ts";
import { ngettext } from "./translation.ts";

/** Of one page: a connection may follow more, and other parts of the page want some of it. */
const MAX_FOLLOWED = 50;

/** What an event does not say in figures is read again by all who look, spread over this. */
const LAST_READ_MS = 30_000;

const QUIET: ReadonlySet<string> = new Set(["post.rated", "thread.changed"]);

export function startIndex(index: HTMLElement, line: PageLine): void {
  const rows = [...index.querySelectorAll<HTMLElement>("[data-channel]")].slice(0, MAX_FOLLOWED);
  const forums = new Map(rows.map((row) => [row.dataset["channel"] ?? "", row]));
  const again = new Again(index);
  line.listen((notice) => {
    const row = "channel" in notice ? forums.get(notice.channel) : undefined;
    if (row === undefined) {
      return;
    }
    if (notice.kind === "event") {
      take(row, notice, again);
    } else if (notice.kind === "reset") {
      again.read();
    } else if (notice.kind === "unsubscribed") {
      row.remove();
    }
  });
  forums.forEach((row, channel) => line.follow(channel, parseCursor(row.dataset["cursor"] ?? "")));
}

function take(row: HTMLElement, event: Event, again: Again): void {
  const { thread } = event.data as Partial<PostEventData>;
  if (thread !== undefined && event.name === "thread.created") {
    showFigures(row, Number(row.dataset["threads"]) + 1, Number(row.dataset["posts"]));
  } else if (thread !== undefined && event.name === "post.created") {
    showFigures(row, Number(row.dataset["threads"]), Number(row.dataset["posts"]) + 1);
    showLast(row, thread);
  } else if (!QUIET.has(event.name)) {
    again.read(); // removed, restored, moved away
  }
}

/** Reads all figures, once for all that happens meanwhile. */
class Again {
  readonly #index: HTMLElement;
  #timer: number | null = null;

  constructor(index: HTMLElement) {
    this.#index = index;
  }

  read(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = null;
      readForums().then(({ forums }) => forums.forEach((summary) => this.#show(summary)), () => undefined);
    }, Math.random() * LAST_READ_MS);
  }

  #show({ forum, last_thread: last }: ForumSummary): void {
    const row = this.#index.querySelector<HTMLElement>(`[data-forum-id="${forum.id}"]`);
    if (row !== null) {
      showFigures(row, forum.thread_count, forum.post_count);
      if (last !== null) {
        showLast(row, last);
      }
    }
  }
}

function showFigures(row: HTMLElement, threads: number, posts: number): void {
  row.dataset["threads"] = String(threads);
  row.dataset["posts"] = String(posts);
  const words = {
    threads: markedCount(threads, (count) => ngettext("%(count)s thread", "%(count)s threads", threads, { count })),
    posts: markedCount(posts, (count) => ngettext("%(count)s post", "%(count)s posts", posts, { count })),
  };
  row.querySelector("[data-slot=threads]")?.replaceChildren(...words.threads);
  row.querySelector("[data-slot=posts]")?.replaceChildren(...words.posts);
}

function showLast(row: HTMLElement, thread: ThreadData): void {
  const link = document.createElement("a");
  link.href = threadPath(thread, pageCount(thread.last_number));
  link.textContent = thread.title;
  const by = document.createElement("span");
  by.className = "quiet";
  by.append(...lastPost(thread));
  row.querySelector("[data-slot=last]")?.replaceChildren(link, " ", by);
}
