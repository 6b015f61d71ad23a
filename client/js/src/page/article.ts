// One post on the page. Filled from an event, it is node for node what the server renders on a reload.

import type { CardData, PostData } from "../data.ts";
import { fillRating } from "./ratings.ts";
import { momentElement } from "./times.ts";
import { _ } from "./translation.ts";
import { countWords, dayWords, initialOf } from "./words.ts";

/** Who looks at the page, as the server said: which tools a post offers depends on it. */
export interface Viewer {
  readonly memberId: number | null;
  readonly mayModerate: boolean;
  readonly mayRate: boolean;
  readonly mayPost: boolean;
  readonly mayReport: boolean;
}

/** Fill all slots but the card's. */
export function fillPost(article: HTMLElement, post: PostData, viewer: Viewer): void {
  article.classList.toggle("is-removed", post.is_removed);
  setAttributes(article, {
    id: `post-${post.id}`,
    "data-post-id": post.id,
    "data-number": post.number,
    "data-version": post.version,
  });
  slot(article, "time").replaceChildren(...postTime(post));
  slot(article, "edited").hidden = post.edited_ms === null || post.is_removed;
  slot(article, "tools").replaceChildren(...postTools(post, viewer));
  const number = slot(article, "number");
  number.setAttribute("href", `/posts/${post.id}`);
  number.textContent = `#${post.number}`;
  fillBody(slot(article, "body"), post);
  fillRating(slot(article, "rating"), post, mayRate(post, viewer));
}

/** Nobody rates their own post. */
function mayRate(post: PostData, viewer: Viewer): boolean {
  return viewer.mayRate && viewer.memberId !== post.author.id;
}

/** Fill the slots of the author's card. */
export function fillCard(article: HTMLElement, card: CardData): void {
  setAttributes(article, { "data-author-id": card.id, "data-author-version": card.version });
  slot(article, "initial").textContent = initialOf(card.name);
  const name = slot(article, "name");
  name.setAttribute("href", `/members/${card.id}`);
  name.textContent = card.name;
  slot(article, "bot").hidden = !card.is_bot;
  const rank = slot(article, "rank");
  rank.textContent = _(card.rank);
  rank.classList.toggle("is-banned", card.is_banned);
  slot(article, "joined").textContent = card.joined_day === null ? "" : dayWords(card.joined_day);
  slot(article, "positive").textContent = `+${countWords(card.positive)}`;
  slot(article, "messages").textContent = countWords(card.messages);
  slot(article, "negative").textContent = `-${countWords(card.negative)}`;
}

export function slot(article: HTMLElement, name: string): HTMLElement {
  const element = article.querySelector<HTMLElement>(`[data-slot="${name}"]`);
  if (element === null) {
    throw new Error(`The template of a post lacks the slot ${name}.`);
  }
  return element;
}

function setAttributes(element: HTMLElement, values: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(values)) {
    element.setAttribute(name, String(value));
  }
}

function postTime(post: PostData): HTMLElement[] {
  if (post.created_ms !== null) {
    return [momentElement(post.created_ms)];
  }
  if (post.created_day === null) {
    return []; // undated: no invented time
  }
  const element = document.createElement("time");
  element.setAttribute("datetime", post.created_day);
  element.textContent = dayWords(post.created_day);
  return [element];
}

function postTools(post: PostData, viewer: Viewer): HTMLElement[] {
  const isAuthor = viewer.memberId === post.author.id;
  const own = (name: string, words: string): HTMLElement => tool(name, `/posts/${post.id}/${name}`, words);
  const tools: HTMLElement[] = [];
  if (isAuthor && !post.is_removed) {
    tools.push(own("edit", _("Edit")));
  }
  if ((isAuthor || viewer.mayModerate) && (post.edited_ms !== null || post.is_removed)) {
    tools.push(own("history", _("History")));
  }
  if (viewer.mayModerate) {
    tools.push(post.is_removed ? own("restore", _("Restore")) : own("remove", _("Remove")));
  }
  if (viewer.mayReport && !isAuthor && !post.is_removed) {
    tools.push(own("report", _("Report")));
  }
  if (viewer.mayPost && !post.is_removed) {
    const href = `/threads/${post.thread_id}/reply?quote=${post.id}`;
    const adding = tool("multiquote", href, _("+ Quote"));
    adding.title = _("Add to the quotes in your reply, and read on");
    tools.push(adding, tool("quote", href, _("Quote")));
  }
  return tools;
}

function tool(name: string, href: string, words: string): HTMLElement {
  const link = document.createElement("a");
  link.className = "post-tool";
  setAttributes(link, { "data-tool": name, href });
  link.textContent = words;
  return link;
}

function fillBody(body: HTMLElement, post: PostData): void {
  if (post.is_removed) {
    const line = document.createElement("p");
    line.className = "post-removed";
    line.textContent = _("This post was removed.");
    body.replaceChildren(line);
  } else {
    body.innerHTML = post.html ?? ""; // sanitised by the server
  }
}
