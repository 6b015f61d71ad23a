// The links to the pages of a thread, drawn again when a page is added.

import { _ } from "./translation.ts";

const AROUND = 2;

/** The first, the last, and two on each side of `page`; null where more than one page was left out. */
export function pageNumbers(page: number, last: number): (number | null)[] {
  const shown = new Set([1, last]);
  for (let number = page - AROUND; number <= page + AROUND; number += 1) {
    if (number >= 1 && number <= last) {
      shown.add(number);
    }
  }
  const result: (number | null)[] = [];
  let before = 0;
  for (const number of [...shown].sort((one, other) => one - other)) {
    if (number - before === 2) {
      result.push(number - 1);
    } else if (number - before > 2) {
      result.push(null);
    }
    result.push(number);
    before = number;
  }
  return result;
}

/** Fill a `<nav>` with what the server would have put there. */
export function drawPages(nav: HTMLElement, page: number, count: number, path: (page: number) => string): void {
  const parts: HTMLElement[] = pageNumbers(page, count).map((number) =>
    number === null ? gap() : pageLink(number, page, path),
  );
  if (page > 1) {
    parts.unshift(step("prev", _("‹ Previous"), path(page - 1)));
  }
  if (page < count) {
    parts.push(step("next", _("Next ›"), path(page + 1)));
  }
  nav.replaceChildren(...parts);
}

function pageLink(number: number, current: number, path: (page: number) => string): HTMLElement {
  const link = document.createElement("a");
  link.setAttribute("href", path(number));
  if (number === current) {
    link.setAttribute("aria-current", "page");
  }
  link.textContent = String(number);
  return link;
}

function step(rel: string, words: string, href: string): HTMLElement {
  const link = document.createElement("a");
  link.className = "page-step";
  link.setAttribute("rel", rel);
  link.setAttribute("href", href);
  link.textContent = words;
  return link;
}

function gap(): HTMLElement {
  const span = document.createElement("span");
  span.className = "page-gap";
  span.textContent = "…";
  return span;
}
