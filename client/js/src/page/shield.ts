// How many reported posts wait, at the top of each page of those who moderate: an absolute number, asked for whenever
// something has changed.

import { parseCursor } from "../cursors.ts";
import { call } from "./api.ts";
import { showCount } from "./bell.ts";
import type { PageLine } from "./line.ts";
import { isLost } from "./lost.ts";

/** All the staff who have a page open ask, spread over this. */
const SPREAD_MS = 1_000;

export function startShield(shield: HTMLElement, line: PageLine): void {
  const { channel, cursor } = shield.dataset;
  if (channel === undefined) {
    return;
  }
  let timer: number | null = null;
  const ask = (): void => {
    timer ??= window.setTimeout(() => {
      timer = null;
      call<{ readonly count: number }>("GET", "/api/moderation/reports").then(
        ({ count }) => showCount(shield, count),
        () => undefined, // the next event asks again, or the next page
      );
    }, Math.random() * SPREAD_MS);
  };
  line.listen((notice) => {
    if (!("channel" in notice) || notice.channel !== channel) {
      return;
    }
    if (isLost(notice)) {
      shield.hidden = true;
    } else if (notice.kind === "event" || notice.kind === "reset") {
      ask();
    }
  });
  line.follow(channel, parseCursor(cursor ?? ""));
}
