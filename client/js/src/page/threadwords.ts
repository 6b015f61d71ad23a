// What a list says of a thread: who began it and when, how many replies, who posted last. The same words as the server's.

import type { ThreadData } from "../data.ts";
import { momentElement } from "./times.ts";
import { ngettext } from "./translation.ts";
import { countWords, dayWords } from "./words.ts";

export function started(thread: ThreadData): (Node | string)[] {
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
export function repliesWords(count: number): (Node | string)[] {
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
