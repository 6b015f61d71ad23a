// The pages of those who moderate, brought to life: an event says that there is something to see, and nothing else; the
// page asks for what its reader may see of it.

import { parseCursor } from "../cursors.ts";
import { announcer } from "./announcer.ts";
import type { FreshPage } from "./fresh.ts";
import type { PageLine } from "./line.ts";
import { isLost, isRefusal, showLost } from "./lost.ts";
import { Rereading } from "./rereading.ts";
import { takeRows } from "./rows.ts";
import { localiseTimes } from "./times.ts";

/** All the staff who look read again, spread over this. */
const SPREAD_MS = 500;
const NEW_MS = 4000;

export function startModeration(list: HTMLElement, line: PageLine): void {
  const { channel, cursor } = list.dataset;
  const main = list.closest("main");
  if (channel === undefined || main === null) {
    return; // an older page of the log stays what it is
  }
  let isGone = false;
  const lose = (): void => {
    if (!isGone) {
      isGone = true;
      void showLost(main);
    }
  };
  const apply = (fresh: FreshPage): void => {
    if (isRefusal(fresh.status)) {
      lose();
    } else if (!isGone) {
      show(list, fresh.page);
    }
  };
  const rereading = new Rereading({ apply, take: () => rereading.within(SPREAD_MS) });
  rereading.onReturn();
  line.listen((notice) => {
    if (!("channel" in notice) || notice.channel !== channel) {
      return;
    }
    if (isLost(notice)) {
      lose();
    } else if (notice.kind === "reset" || (notice.kind === "event" && !rereading.hold(notice))) {
      rereading.within(SPREAD_MS);
    }
  });
  line.follow(channel, parseCursor(cursor ?? ""));
}

function show(list: HTMLElement, page: Document): void {
  const fresh = page.getElementById("moderation");
  if (fresh === null) {
    return;
  }
  for (const row of takeRows(list, fresh)) {
    row.classList.add("is-new");
    window.setTimeout(() => row.classList.remove("is-new"), NEW_MS);
  }
  localiseTimes(list);
  const words = list.querySelector("[data-key=head] .discussion, .empty")?.textContent;
  if (words) {
    announcer.tell("moderation", words);
  }
}
