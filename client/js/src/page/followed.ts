// Lists of things out of several forums, brought to life: what was found, what one was told of, what somebody wrote. A
// row goes when its reader loses the right to it, or the post is removed; what else changes the server says again.

import { parseCursor } from "../cursors.ts";
import type { PostEventData } from "../data.ts";
import type { Event } from "../messages.ts";
import type { FreshPage } from "./fresh.ts";
import type { PageLine } from "./line.ts";
import { isLost, isRefusal, showLost } from "./lost.ts";
import type { Membership } from "./membership.ts";
import { Rereading } from "./rereading.ts";
import { takeRows } from "./rows.ts";
import { localiseTimes } from "./times.ts";

/** All who look read again, spread over this. */
const SPREAD_MS = 1_000;

const MAX_FOLLOWED = 50;

/** `box` names in `data-follows` the channels of the forums whose things it shows, each with the cursor of the page. */
export function startFollowed(box: HTMLElement, line: PageLine, membership: Membership | null): Followed {
  const followed = new Followed(box, line);
  line.listen((notice) => {
    if (notice.kind === "state" && notice.state === "live") {
      followed.readOwed();
    }
    if (!("channel" in notice) || !followed.has(notice.channel)) {
      return;
    }
    if (notice.kind === "event") {
      followed.take(notice);
    } else if (notice.kind === "reset") {
      followed.readAgain();
    } else if (isLost(notice)) {
      followed.drop(notice.channel);
    }
  });
  membership?.onChanged((fresh) => followed.apply(fresh));
  return followed;
}

export class Followed {
  readonly #box: HTMLElement;
  readonly #line: PageLine;
  readonly #channels = new Set<string>();
  readonly #rereading: Rereading;
  #isLost = false;
  /** The server did not answer the last question: it is asked again over the next line. */
  #isOwed = false;

  constructor(box: HTMLElement, line: PageLine) {
    this.#box = box;
    this.#line = line;
    this.#rereading = new Rereading({
      apply: (fresh) => this.apply(fresh),
      take: (event) => this.take(event),
      fail: () => (this.#isOwed = true),
    });
    this.#rereading.onReturn();
    this.#follow(box);
  }

  has(channel: string): boolean {
    return this.#channels.has(channel);
  }

  take(event: Event): void {
    if (this.#isLost || this.#rereading.hold(event)) {
      return;
    }
    const { thread, post } = event.data as Partial<PostEventData>;
    if (thread === undefined) {
      this.readAgain(); // something left the forum: which thread or post, no event says
    } else if (post !== undefined && event.name === "post.removed") {
      this.#remove(`[data-post-id="${post.id}"]`);
    } else if (post !== undefined && event.name === "post.edited" && this.#shows(`[data-post-id="${post.id}"]`)) {
      this.readAgain();
    } else if (event.name === "thread.changed" && this.#shows(`[data-thread-id="${thread.id}"]`)) {
      this.readAgain();
    }
  }

  readAgain(): void {
    this.#rereading.within(SPREAD_MS);
  }

  readOwed(): void {
    if (this.#isOwed) {
      this.readAgain();
    }
  }

  /** The reader may not read a forum any more: nothing of it stays here. */
  drop(channel: string): void {
    const forumId = channel.slice(channel.indexOf(":") + 1);
    this.#channels.delete(channel);
    this.#box.querySelectorAll(`[data-titles-of="${forumId}"] h2`).forEach((title) => title.replaceChildren());
    this.#remove(`[data-forum-id="${forumId}"]`);
    this.readAgain();
  }

  /** The list as the server gives it now. */
  apply({ page, status }: FreshPage): void {
    this.#isOwed = false;
    const fresh = page.querySelector<HTMLElement>("[data-follows]");
    const main = this.#box.closest("main");
    if (this.#isLost) {
      return;
    }
    if (isRefusal(status) && main !== null) {
      this.#isLost = true;
      void showLost(main);
    } else if (fresh !== null) {
      this.#follow(fresh);
      takeRows(this.#box, fresh);
      localiseTimes(this.#box);
    }
  }

  #follow({ dataset }: HTMLElement): void {
    for (const follow of (dataset["follows"] ?? "").split(" ")) {
      const [channel = "", cursor = ""] = follow.split("=");
      if (channel !== "" && !this.#channels.has(channel) && this.#channels.size < MAX_FOLLOWED) {
        this.#channels.add(channel);
        this.#line.follow(channel, parseCursor(cursor));
      }
    }
  }

  #shows(selector: string): boolean {
    return this.#box.querySelector(selector) !== null;
  }

  /** At once; how many there are now, and what takes their place, the server says. */
  #remove(selector: string): void {
    const rows = this.#box.querySelectorAll(selector);
    rows.forEach((row) => row.remove());
    if (rows.length > 0) {
      this.readAgain();
    }
  }
}
