// How values are written on a page: the same words as the server's, so that a live post reads as a reloaded one.

import { ngettext, pageWords } from "./translation.ts";

/** `8024` as `8,024`, or what it is in the page's language. */
export function countWords(count: number): string {
  const digits = count.toString();
  return count < pageWords.leastGrouped ? digits : digits.replace(/\B(?=(\d{3})+$)/g, pageWords.separator);
}

/** `2011-10-21` as `Oct 21, 2011`, in every time zone. */
export function dayWords(isoDay: string): string {
  const [year, month, day] = isoDay.split("-").map(Number);
  const parts: Readonly<Record<string, unknown>> = { year, month: pageWords.months[(month ?? 1) - 1], day };
  return pageWords.day.replace(/\{(\w+)\}/g, (_whole, part: string) => String(parts[part]));
}

/** The first letter of a name, as the mark on its card. */
export function initialOf(name: string): string {
  return ([...name][0] ?? "").toUpperCase();
}

export function newPostsWords(count: number): string {
  return ngettext("%(count)s new post", "%(count)s new posts", count, { count: countWords(count) });
}

export function newPostsOnPageWords(count: number, page: number): string {
  const values = { count: countWords(count), page };
  return ngettext("%(count)s new post on page %(page)s ›", "%(count)s new posts on page %(page)s ›", count, values);
}
