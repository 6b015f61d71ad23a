// The posts of one page, ordered by number, each there once. The DOM is the only store: what left it is forgotten.

import type { CardData, PostData } from "../data.ts";
import type { Mark } from "./api.ts";
import { fillCard, fillPost, slot, type Viewer } from "./article.ts";
import { showOwnMark } from "./ratings.ts";

/** Which thread and page the list shows, and to whom. */
export interface PostListOptions {
  readonly container: HTMLElement;
  readonly template: HTMLTemplateElement;
  readonly viewer: Viewer;
}

export class PostList {
  readonly #container: HTMLElement;
  readonly #template: HTMLTemplateElement;
  /** What is filled from now on has the tools of this reader. */
  viewer: Viewer;

  constructor({ container, template, viewer }: PostListOptions) {
    this.#container = container;
    this.#template = template;
    this.viewer = viewer;
  }

  find(postId: number): HTMLElement | null {
    return this.#container.querySelector<HTMLElement>(`:scope > [data-post-id="${postId}"]`);
  }

  findNumber(number: number): HTMLElement | null {
    return this.#container.querySelector<HTMLElement>(`:scope > [data-number="${number}"]`);
  }

  /** Show a post unless what is shown is as new; the article if it was not there before. */
  upsert(post: PostData): HTMLElement | null {
    const shown = this.find(post.id);
    if (shown === null) {
      return this.#insert(post);
    }
    if (post.version > Number(shown.dataset["version"])) {
      fillPost(shown, post, this.viewer);
      this.#place(shown);
    }
    return null;
  }

  /** Where the ratings of a post are shown. */
  ratingSlot(postId: number): HTMLElement | null {
    const article = this.find(postId);
    return article === null ? null : slot(article, "rating");
  }

  remove(postId: number): void {
    this.find(postId)?.remove();
  }

  /** Newer truth about an author goes to the card of each of their posts. */
  updateCard(card: CardData): void {
    for (const article of this.#articles()) {
      if (article.dataset["authorId"] === String(card.id) && card.version > authorVersion(article)) {
        fillCard(article, card);
      }
    }
  }

  /** Make the page show exactly these posts; whatever is right already keeps its nodes. */
  reconcile(posts: readonly PostData[], marks: Readonly<Record<string, Mark>> = {}): void {
    const wanted = new Set(posts.map((post) => String(post.id)));
    for (const article of this.#articles()) {
      if (!wanted.has(article.dataset["postId"] ?? "")) {
        article.remove();
      }
    }
    for (const post of posts) {
      this.#setTo(post);
      const rating = this.ratingSlot(post.id);
      if (rating !== null) {
        rating.dataset["ownMark"] = marks[post.id] ?? "none";
        showOwnMark(rating);
      }
    }
  }

  #insert(post: PostData): HTMLElement {
    const article = this.#template.content.firstElementChild?.cloneNode(true) as HTMLElement;
    fillPost(article, post, this.viewer);
    fillCard(article, post.author);
    this.#takeNewestCard(article);
    this.#place(article);
    return article;
  }

  /** After a reset the server's word holds, also where its versions are lower than ours. */
  #setTo(post: PostData): void {
    const shown = this.find(post.id);
    if (shown === null) {
      this.#insert(post);
      return;
    }
    if (shown.dataset["version"] !== String(post.version)) {
      fillPost(shown, post, this.viewer);
      this.#place(shown);
    }
    if (authorVersion(shown) !== post.author.version) {
      fillCard(shown, post.author);
    }
  }

  #place(article: HTMLElement): void {
    const number = Number(article.dataset["number"]);
    const places = [...this.#container.querySelectorAll<HTMLElement>(":scope > [data-number]")];
    const next = places.find((other) => other !== article && Number(other.dataset["number"]) > number);
    if (article.parentNode === null || article.nextElementSibling !== (next ?? null)) {
      this.#container.insertBefore(article, next ?? null);
    }
  }

  /** A replayed event may bring an older card than one that the page shows already. */
  #takeNewestCard(article: HTMLElement): void {
    const others = this.#articles().filter((other) => other.dataset["authorId"] === article.dataset["authorId"]);
    const newest = others.find((other) => authorVersion(other) > authorVersion(article));
    const card = newest?.querySelector(".card");
    if (newest !== undefined && card) {
      article.querySelector(".card")?.replaceWith(card.cloneNode(true));
      article.setAttribute("data-author-version", String(authorVersion(newest)));
    }
  }

  #articles(): HTMLElement[] {
    return [...this.#container.querySelectorAll<HTMLElement>(":scope > [data-post-id]")];
  }
}

function authorVersion(article: HTMLElement): number {
  return Number(article.dataset["authorVersion"]);
}
