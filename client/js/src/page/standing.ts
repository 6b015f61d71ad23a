// What a thread is at this moment: locked, pinned. Its marks, the menu of those who moderate, and the form follow.

import type { ThreadData } from "../data.ts";

/** Show it everywhere on the page. */
export function showStanding(thread: ThreadData): void {
  for (const [name, holds] of [
    ["locked", thread.is_locked],
    ["pinned", thread.is_pinned],
  ] as const) {
    toggle(`[data-badge=${name}]`, holds);
  }
  toggle("#moderate [value=lock]", !thread.is_locked);
  toggle("#moderate [value=unlock]", thread.is_locked);
  toggle("#moderate [value=pin]", !thread.is_pinned);
  toggle("#moderate [value=unpin]", thread.is_pinned);
  toggle("#merged-notice", thread.is_merged);
  toggle("#reply", !thread.is_merged);
  const isModerator = document.getElementById("moderate") !== null;
  closeForm(thread.is_locked && !isModerator);
}

/** The text stays where it is: the thread may be opened again. */
function closeForm(isClosed: boolean): void {
  toggle("#locked-notice", isClosed);
  toggle("#reply button[type=submit]", !isClosed);
}

function toggle(selector: string, isShown: boolean): void {
  const element = document.querySelector<HTMLElement>(selector);
  if (element !== null) {
    element.hidden = !isShown;
  }
}
