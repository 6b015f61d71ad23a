// A forum's list of threads, brought to life: a post moves its thread up, as a reload would show it.

import { parseCursor } from "../cursors.ts";
import type { PostEventData, ThreadData } from "../data.ts";
import type { Event } from "../messages.ts";
import { threadPath } from "./addresses.ts";
import { readForumPage } from "./api.ts";
import type { PageLine } from "./line.ts";
import { markUnread } from "./marks.ts";
import { momentElement } from "./times.ts";
import { ngettext } from "./translation.ts";
import { countWords, dayWords } from "./words.ts";

/** Something left the forum: which thread, no event says. All who look at the list read it again, spread over this. */
const FIRST_READ_MS = 300;
const LAST_READ_MS = 3000;

const BUMPS: ReadonlySet<string> = new Set(["post.created", "thread.created"]);
const NEWS: ReadonlySet<string> = new Set([...BUMPS, "thread.changed"]);

/** Follow the forum from the cursor that the page was rendered with. */
export function startThreadList(list: HTMLElement, line: PageLine): void {
  const channel = list.dataset["channel"];
  const cursor = parseCursor(list.dataset["cursor"] ?? "");
  const template = document.getElementById("thread-template");
  if (channel === undefined || cursor === null || !(template instanceof HTMLTemplateElement)) {
    return;
  }
  const threads = new ThreadList(list, template);
  line.listen((notice) => {
    if (!("channel" in notice) || notice.channel !== channel) {
      return;
    }
    if (notice.kind === "event") {
      threads.take(notice);
    } else if (notice.kind === "reset") {
      threads.readAgain();
    } else if (notice.kind === "unsubscribed") {
      window.location.reload(); // the server says what may be seen now
    }
  });
  line.follow(channel, cursor);
}

class ThreadList {
  readonly #list: HTMLElement;
  readonly #template: HTMLTemplateElement;
  readonly #forumId: number;
  readonly #page: number;
  readonly #pageSize: number;
  readonly #memberId: number | null;
  #timer: number | null = null;

  constructor(list: HTMLElement, template: HTMLTemplateElement) {
    const { forumId, page, pageSize, memberId } = list.dataset;
    this.#list = list;
    this.#template = template;
    this.#forumId = Number(forumId);
    this.#page = Number(page);
    this.#pageSize = Number(pageSize);
    this.#memberId = memberId === undefined ? null : Number(memberId);
  }

  take(event: Event): void {
    const data = event.data as Partial<PostEventData>;
    if (data.thread === undefined) {
      this.readAgain();
      return;
    }
    const known = this.#find(data.thread.id);
    const isNewHere = known === null && this.#page === 1 && NEWS.has(event.name);
    if (known === null ? !isNewHere : Number(known.dataset["version"]) >= data.thread.version) {
      return;
    }
    const row = known ?? this.#make();
    this.#fill(row, data.thread);
    if (BUMPS.has(event.name) && data.post?.author.id !== this.#memberId) {
      this.#markUnread(row, data.thread.id);
    }
    if (this.#page === 1) {
      this.#place(row);
      this.#trim();
    }
  }

  /** Once, a little later, however often it is asked for. */
  readAgain(): void {
    this.#timer ??= window.setTimeout(() => void this.#read(), FIRST_READ_MS + Math.random() * LAST_READ_MS);
  }

  async #read(): Promise<void> {
    try {
      const { threads } = await readForumPage(this.#forumId, this.#page);
      this.#timer = null;
      const rows = threads.map((thread) => {
        const row = this.#find(thread.id) ?? this.#make();
        if (Number(row.dataset["version"] ?? 0) < thread.version) {
          this.#fill(row, thread);
        }
        return row;
      });
      this.#list.replaceChildren(...rows);
    } catch {
      this.#timer = null; // the next event, or the next load, shows it
    }
  }

  #find(threadId: number): HTMLElement | null {
    return this.#list.querySelector(`[data-thread-id="${threadId}"]`);
  }

  #make(): HTMLElement {
    document.getElementById("no-threads")?.remove();
    this.#list.hidden = false;
    return (this.#template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
  }

  #fill(row: HTMLElement, thread: ThreadData): void {
    const { dataset } = row;
    dataset["threadId"] = String(thread.id);
    dataset["version"] = String(thread.version);
    dataset["lastNumber"] = String(thread.last_number);
    dataset["lastMs"] = String(thread.last_post_ms ?? 0);
    row.classList.toggle("is-pinned", thread.is_pinned);
    slot(row, "pinned").hidden = !thread.is_pinned;
    slot(row, "locked").hidden = !thread.is_locked;
    const title = slot(row, "title");
    title.textContent = thread.title;
    title.setAttribute("href", threadPath(thread, 1));
    slot(row, "started").replaceChildren(...started(thread));
    slot(row, "replies").replaceChildren(...repliesWords(Math.max(thread.post_count - 1, 0)));
    slot(row, "last").replaceChildren(...lastPost(thread));
  }

  #markUnread(row: HTMLElement, threadId: number): void {
    if (this.#memberId === null) {
      row.dataset["guestThread"] = String(threadId);
      markUnread(this.#list);
      return;
    }
    row.classList.add("is-unread");
    const link = slot(row, "unread");
    link.setAttribute("href", `/threads/${threadId}/unread`);
    link.hidden = false;
  }

  /** Pinned threads first, then by their last posts: the server's order. */
  #place(row: HTMLElement): void {
    const others = [...this.#list.querySelectorAll<HTMLElement>(".thread")].filter((other) => other !== row);
    const next = others.find((other) => comesBefore(row, other)) ?? null;
    if (row.nextElementSibling !== next || row.parentElement === null) {
      this.#list.insertBefore(row, next);
    }
  }

  #trim(): void {
    for (const row of [...this.#list.querySelectorAll(".thread")].slice(this.#pageSize)) {
      row.remove();
    }
  }
}

function comesBefore(row: HTMLElement, other: HTMLElement): boolean {
  const [mine, theirs] = [row, other].map((one) => [
    one.classList.contains("is-pinned") ? 1 : 0,
    Number(one.dataset["lastMs"]),
    Number(one.dataset["threadId"]),
  ]) as [number[], number[]];
  const place = mine.findIndex((value, index) => value !== theirs[index]);
  return place >= 0 && (mine[place] ?? 0) > (theirs[place] ?? 0);
}

function slot(row: HTMLElement, name: string): HTMLElement {
  const element = row.querySelector<HTMLElement>(`[data-slot="${name}"]`);
  if (element === null) {
    throw new Error(`The template of a thread lacks the slot ${name}.`);
  }
  return element;
}

function started(thread: ThreadData): (Node | string)[] {
  if (thread.started_ms !== null) {
    return [`${thread.starter}, `, momentElement(thread.started_ms)];
  }
  return [thread.started_day === null ? thread.starter : `${thread.starter}, ${dayWords(thread.started_day)}`];
}

export function lastPost(thread: ThreadData): (Node | string)[] {
  if (thread.last_post_by === null) {
    return [];
  }
  const by = document.createElement("span");
  by.className = "by";
  by.textContent = thread.last_post_by;
  return thread.last_post_ms === null ? [by] : [by, " ", momentElement(thread.last_post_ms)];
}

/** The number stands out, wherever the language puts it. */
function repliesWords(count: number): (Node | string)[] {
  return markedCount(count, (mark) => ngettext("%(count)s reply", "%(count)s replies", count, { count: mark }));
}

/** Words with a number in them that stands out. */
export function markedCount(count: number, words: (mark: string) => string): (Node | string)[] {
  const mark = "\u0000";
  const [before = "", after = ""] = words(mark).split(mark);
  const number = document.createElement("b");
  number.textContent = countWords(count);
  return [before, number, after];
}
