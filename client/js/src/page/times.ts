// Moments in the reader's zone. Days stay as they are: an imported day is the same day everywhere.

import { pageWords } from "./translation.ts";

/** The words are in the page's language; whether the clock has 12 or 24 hours is the reader's habit. */
const { hourCycle } = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions();
const cycle = hourCycle === undefined ? {} : { hourCycle };
const SHORT = new Intl.DateTimeFormat(pageWords.language, { dateStyle: "medium", timeStyle: "short", ...cycle });
const LONG = new Intl.DateTimeFormat(pageWords.language, { dateStyle: "full", timeStyle: "long", ...cycle });

/** A `<time>` for a moment, as the server makes it, in the reader's zone. */
export function momentElement(timeMs: number): HTMLTimeElement {
  const element = document.createElement("time");
  element.setAttribute("datetime", new Date(timeMs).toISOString());
  element.setAttribute("data-time-ms", String(timeMs));
  localise(element, timeMs);
  return element;
}

/** Rewrite all moments below `root` that the server wrote in UTC. */
export function localiseTimes(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-time-ms]")) {
    const timeMs = Number(element.dataset["timeMs"]);
    if (Number.isSafeInteger(timeMs)) {
      localise(element, timeMs);
    }
  }
}

function localise(element: HTMLTimeElement, timeMs: number): void {
  element.textContent = SHORT.format(timeMs);
  element.title = LONG.format(timeMs);
}
