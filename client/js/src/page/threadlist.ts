// A forum's list of threads, brought to life: a post moves its thread up, as a reload would show it; what is read in
// another window is read here.

import { parseCursor } from "../cursors.ts";
import type { PostEventData, ThreadData } from "../data.ts";
import type { Event } from "../messages.ts";
import { threadPath } from "./addresses.ts";
import { type FreshPage, takeChildren } from "./fresh.ts";
import type { PageLine } from "./line.ts";
import { isLost, showLost } from "./lost.ts";
import { markUnread } from "./marks.ts";
import type { Membership } from "./membership.ts";
import { listenToMarks, ReadMarks } from "./readmarks.ts";
import { Rereading } from "./rereading.ts";
import { lastPost, repliesWords, started } from "./threadwords.ts";
import { localiseTimes } from "./times.ts";

/** Something left the forum: which thread, no event says. All who look at the list read it again, spread over this. */
const SPREAD_MS = 3_000;

const BUMPS: ReadonlySet<string> = new Set(["post.created", "thread.created"]);
const NEWS: ReadonlySet<string> = new Set([...BUMPS, "thread.changed"]);

/** Follow the forum from the cursor that the page was rendered with. */
export function startThreadList(list: HTMLElement, line: PageLine, membership: Membership | null): void {
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
      threads.readAgain(SPREAD_MS);
    } else if (isLost(notice)) {
      threads.lose();
    }
  });
  membership?.onChanged((fresh) => threads.takePermissions(fresh));
  if (threads.memberId !== null) {
    listenToMarks(threads.memberId, line, {
      onMark: (threadId, number) => threads.read(threadId, number),
      onMany: () => threads.readAgain(0),
    });
  }
  line.follow(channel, cursor);
}

class ThreadList {
  readonly memberId: number | null;
  readonly #list: HTMLElement;
  readonly #main: HTMLElement | null;
  readonly #template: HTMLTemplateElement;
  readonly #page: number;
  readonly #pageSize: number;
  readonly #marks = new ReadMarks();
  readonly #rereading: Rereading;
  #isLost = false;

  constructor(list: HTMLElement, template: HTMLTemplateElement) {
    const { page, pageSize, memberId } = list.dataset;
    this.memberId = memberId === undefined ? null : Number(memberId);
    this.#list = list;
    this.#main = list.closest("main");
    this.#template = template;
    this.#page = Number(page);
    this.#pageSize = Number(pageSize);
    this.#rereading = new Rereading({ apply: (fresh) => this.#apply(fresh), take: (event) => this.take(event) });
    this.#rereading.onReturn();
  }

  take(event: Event): void {
    if (this.#isLost || this.#rereading.hold(event)) {
      return;
    }
    const data = event.data as Partial<PostEventData>;
    if (data.thread === undefined || event.name === "post.removed") {
      this.readAgain(SPREAD_MS);
    }
    if (data.thread === undefined) {
      return;
    }
    const known = this.#find(data.thread.id);
    if (data.thread.is_merged) {
      known?.remove(); // nothing is left of it, and it is in no list
      this.readAgain(SPREAD_MS);
      return;
    }
    const isNewHere = known === null && this.#page === 1 && NEWS.has(event.name);
    if (known === null ? !isNewHere : Number(known.dataset["version"]) >= data.thread.version) {
      return;
    }
    const row = known ?? this.#make();
    this.#fill(row, data.thread);
    const isOwn = this.memberId !== null && data.post?.author.id === this.memberId;
    if (BUMPS.has(event.name) && !isOwn) {
      this.#markUnread(row, data.thread);
    }
    if (this.#page === 1) {
      this.#place(row);
      this.#trim();
    }
  }

  readAgain(spreadMs: number): void {
    this.#rereading.within(spreadMs);
  }

  /** The member has read the thread up to a number, in whatever window. */
  read(threadId: number, number: number): void {
    this.#marks.saw(threadId, number);
    const row = this.#find(threadId);
    if (row !== null && number >= Number(row.dataset["lastNumber"])) {
      setUnread(row, false);
    }
  }

  lose(): void {
    if (!this.#isLost && this.#main !== null) {
      this.#isLost = true;
      void showLost(this.#main);
    }
  }

  /** The reader is banned, signed out, or let in again: what may be begun here follows. */
  takePermissions({ page, status }: FreshPage): void {
    if (this.#isLost && status < 300) {
      window.location.reload();
    } else if (!this.#isLost && page.getElementById("threads") !== null && this.#main !== null) {
      const head = this.#main.querySelector(".page-head");
      const hint = page.querySelector("main > .write-hint");
      if (head !== null) {
        takeChildren(head, page.querySelector("main > .page-head"));
      }
      this.#main.querySelector(":scope > .write-hint")?.remove();
      if (hint !== null) {
        this.#main.append(document.adoptNode(hint));
      }
    }
  }

  /** Rows that are as new as the server's stay what they are, but for what is unread. */
  #apply({ page, status }: FreshPage): void {
    const fresh = page.getElementById("threads");
    if (this.#isLost || fresh === null || status >= 300) {
      return;
    }
    const rows = [...fresh.querySelectorAll<HTMLElement>(".thread")].map((row) => this.#newest(document.adoptNode(row)));
    this.#list.replaceChildren(...rows);
    this.#list.hidden = rows.length === 0;
    localiseTimes(this.#list);
    markUnread(this.#list);
  }

  #newest(fresh: HTMLElement): HTMLElement {
    const { threadId, version, lastNumber } = fresh.dataset;
    const isRead = this.#marks.isRead(Number(threadId), Number(lastNumber));
    const shown = this.#find(Number(threadId));
    const row = shown !== null && Number(shown.dataset["version"]) >= Number(version) ? shown : fresh;
    if (this.memberId !== null) {
      setUnread(row, !isRead && fresh.classList.contains("is-unread"));
    }
    return row;
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

  #markUnread(row: HTMLElement, thread: ThreadData): void {
    if (this.memberId === null) {
      row.dataset["guestThread"] = String(thread.id);
      markUnread(this.#list);
    } else if (!this.#marks.isRead(thread.id, thread.last_number)) {
      slot(row, "unread").setAttribute("href", `/threads/${thread.id}/unread`);
      setUnread(row, true);
    }
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

function setUnread(row: HTMLElement, isUnread: boolean): void {
  row.classList.toggle("is-unread", isUnread);
  slot(row, "unread").hidden = !isUnread;
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
