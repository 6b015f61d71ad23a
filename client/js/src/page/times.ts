// Moments in the reader's zone, recent ones as "3 minutes ago". Days stay as they are: an imported day is the same day
// everywhere.

import { spanOf } from "./ages.ts";
import { pageWords } from "./translation.ts";

/** The words are in the page's language; whether the clock has 12 or 24 hours is the reader's habit. */
const { hourCycle } = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions();
const cycle = hourCycle === undefined ? {} : { hourCycle };
const SHORT = new Intl.DateTimeFormat(pageWords.language, { dateStyle: "medium", timeStyle: "short", ...cycle });
const LONG = new Intl.DateTimeFormat(pageWords.language, { dateStyle: "full", timeStyle: "long", ...cycle });
const AGE = new Intl.RelativeTimeFormat(pageWords.language, { numeric: "auto" });

/** Half of the least step that the words make: a page is never a whole minute behind. */
const TICK_MS = 30_000;

/** A `<time>` for a moment, as the server makes it, in the reader's zone. */
export function momentElement(timeMs: number): HTMLTimeElement {
  const element = document.createElement("time");
  element.setAttribute("datetime", new Date(timeMs).toISOString());
  element.setAttribute("data-time-ms", String(timeMs));
  localise(element, timeMs, Date.now());
  return element;
}

/** Rewrite all moments below `root` that the server wrote in UTC. */
export function localiseTimes(root: ParentNode): void {
  const nowMs = Date.now();
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-time-ms]")) {
    const timeMs = Number(element.dataset["timeMs"]);
    if (Number.isSafeInteger(timeMs)) {
      localise(element, timeMs, nowMs);
    }
  }
}

/** Keep the moments of the page current, with one timer for all; none while nobody sees it. */
export function startTicking(): void {
  let timer: number | undefined;
  const onVisibility = (): void => {
    window.clearInterval(timer);
    timer = undefined;
    if (!document.hidden) {
      localiseTimes(document);
      timer = window.setInterval(() => localiseTimes(document), TICK_MS);
    }
  };
  document.addEventListener("visibilitychange", onVisibility);
  onVisibility();
}

/** Writes only what is different: a page of unchanged times is not laid out again. */
function localise(element: HTMLTimeElement, timeMs: number, nowMs: number): void {
  const span = element.hasAttribute("data-exact") ? null : spanOf(nowMs - timeMs);
  const words = span === null ? SHORT.format(timeMs) : AGE.format(-span.count, span.unit);
  if (element.textContent !== words) {
    element.textContent = words;
  }
  if (element.title === "") {
    element.title = LONG.format(timeMs);
  }
}
