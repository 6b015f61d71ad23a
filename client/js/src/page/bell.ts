// How many notifications are unread, at the top of each page: an absolute number, the same in all tabs.

import { parseCursor } from "../cursors.ts";
import type { NotificationData, NotifiedEventData } from "../data.ts";
import { readNotifications } from "./api.ts";
import type { PageLine } from "./line.ts";
import { isLost } from "./lost.ts";

const MAX_SHOWN = 100;

/** All who lost a forum ask, spread over this. */
const SPREAD_MS = 2_000;

/** Hears of each change; `notification` is the new one, or null where only the number is another. */
export type OnNotified = (notification: NotificationData | null) => void;

/** Keep the number at the top of the page true. */
export function startBell(bell: HTMLElement, line: PageLine, onNotified: OnNotified = () => {}): void {
  const { channel, cursor } = bell.dataset;
  if (channel === undefined) {
    return;
  }
  let timer: number | null = null;
  const refreshSoon = (): void => {
    timer ??= window.setTimeout(() => {
      timer = null;
      void refresh(bell, () => undefined);
    }, Math.random() * SPREAD_MS);
  };
  line.listen((notice) => {
    if (!("channel" in notice)) {
      return;
    }
    if (notice.channel !== channel) {
      if (isLost(notice)) {
        refreshSoon(); // what stands where one may not read any more counts no longer
      }
      return;
    }
    if (notice.kind === "event" && "unread" in notice.data) {
      const data = notice.data as unknown as NotifiedEventData;
      showCount(bell, data.unread);
      onNotified(data.notification);
    } else if (notice.kind === "reset") {
      void refresh(bell, onNotified);
    }
  });
  line.follow(channel, parseCursor(cursor ?? ""));
}

async function refresh(bell: HTMLElement, onNotified: OnNotified): Promise<void> {
  try {
    showCount(bell, (await readNotifications()).unread);
    onNotified(null);
  } catch {
    return; // the next event tells the number, or the next page
  }
}

/** The number beside a mark at the top of the page. */
export function showCount(bell: HTMLElement, unread: number): void {
  bell.classList.toggle("has-news", unread > 0);
  const count = bell.querySelector<HTMLElement>("[data-count]");
  const words = bell.querySelector<HTMLElement>("[data-count-words]");
  if (count !== null && words !== null) {
    count.hidden = words.hidden = unread === 0;
    count.textContent = cappedWords(unread);
  }
}

/** Numbers that nobody counts: `99+` from a hundred on. */
export function cappedWords(count: number): string {
  return count < MAX_SHOWN ? String(count) : `${MAX_SHOWN - 1}+`;
}
