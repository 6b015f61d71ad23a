// A page that may not be read any more: what it showed is taken away at once, and a sentence says why, and where to go.

import type { Notice } from "../notices.ts";
import { readFresh } from "./fresh.ts";
import { _ } from "./translation.ts";

const TOO_MANY_SUBSCRIPTIONS = 4207;

interface Way {
  readonly words: string;
  readonly href: string;
}

interface Told {
  readonly sentence: string;
  readonly ways: readonly Way[];
}

/** Whether this says that a channel is not the reader's any more, or never was. */
export function isLost(notice: Notice): boolean {
  return notice.kind === "unsubscribed" || (notice.kind === "refused" && notice.code !== TOO_MANY_SUBSCRIPTIONS);
}

/** Whether an answer says that this reader may not have the page; a server that is away says nothing of it. */
export function isRefusal(status: number): boolean {
  return [401, 403, 404, 410].includes(status);
}

/** Clear the page but for `kept`, which is the reader's own, and say why as soon as the server has said it. */
export async function showLost(main: HTMLElement, kept: HTMLElement | null = null): Promise<void> {
  const box = document.createElement("section");
  box.className = "lost";
  box.setAttribute("role", "alert");
  main.replaceChildren(box, ...(kept === null ? [] : [kept]));
  const { title } = document;
  document.title = title.slice(title.lastIndexOf(" · ") + 1).replace(/^· /, "");
  document.head.querySelectorAll("meta[property], meta[name=description], link[rel=alternate]").forEach((tag) => tag.remove());
  fill(box, { sentence: "", ways: [] });
  kept?.querySelector("h2, label")?.replaceChildren(_("What you were writing, to copy"));
  const fresh = await readFresh();
  if (fresh !== null && fresh.status < 300) {
    location.reload(); // it was given back meanwhile
  } else {
    fill(box, why(fresh?.status ?? 0));
  }
}

function fill(box: HTMLElement, { sentence, ways }: Told): void {
  const heading = document.createElement("h1");
  heading.className = "page-title";
  heading.textContent = _("You may not read this any more");
  const line = document.createElement("p");
  line.textContent = sentence;
  const row = document.createElement("p");
  row.className = "form-row";
  row.append(...ways.map(link));
  box.replaceChildren(heading, line, row);
}

function link({ words, href }: Way, index: number): HTMLElement {
  const element = document.createElement("a");
  element.className = index === 0 ? "button" : "button is-quiet";
  element.href = href;
  element.textContent = words;
  return element;
}

function why(status: number): Told {
  const forums = { words: _("All forums"), href: "/" };
  const here = encodeURIComponent(location.pathname + location.search);
  if (status === 401) {
    const sentence = _("This is for members only. Sign in, and you come back to this page.");
    return { sentence, ways: [{ words: _("Sign in"), href: `/sign-in?next=${here}` }, forums] };
  }
  if (status === 403) {
    return { sentence: _("This is for members only, and this account is banned. It can still read the public forums."), ways: [forums] };
  }
  if (status === 404 || status === 410) {
    return { sentence: _("It is in a place now that is not open to you: it was moved there, or its forum was closed."), ways: [forums] };
  }
  const again = { words: _("Try again"), href: location.pathname };
  return { sentence: _("The server cannot be reached right now, so why is not known."), ways: [again, forums] };
}
