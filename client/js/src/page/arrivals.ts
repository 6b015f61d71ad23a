// What tells a reader of posts that are not before their eyes: the bar, the link to the next page, the page links.

import type { ThreadData } from "../data.ts";
import { POSTS_PER_PAGE } from "../limits.ts";
import { pageCount, pageOf, postPath, type ThreadAddress, threadPath } from "./addresses.ts";
import { announcer } from "./announcer.ts";
import { drawPages } from "./pagination.ts";
import { Unseen } from "./unseen.ts";
import { newPostsOnPageWords, newPostsWords } from "./words.ts";

export interface ArrivalsOptions {
  readonly page: number;
  readonly lastNumber: number;
  readonly thread: ThreadAddress;
  /** The article on this page with a number, if it is there. */
  readonly findNumber: (number: number) => HTMLElement | null;
  /** A post that arrived has been in view. */
  readonly onSaw: (number: number) => void;
}

export class Arrivals {
  readonly #page: number;
  readonly #findNumber: (number: number) => HTMLElement | null;
  readonly #onSaw: (number: number) => void;
  readonly #unseen: Unseen;
  readonly #bar = document.getElementById("new-posts") as HTMLAnchorElement | null;
  readonly #nextPage = document.getElementById("next-page");
  readonly #wasLastPage: boolean;
  readonly #observer: IntersectionObserver;
  #thread: ThreadAddress;
  #drawnPages: string;
  #isNextPageInView = false;
  #toldCount = 0;

  constructor({ page, lastNumber, thread, findNumber, onSaw }: ArrivalsOptions) {
    this.#page = page;
    this.#thread = thread;
    this.#findNumber = findNumber;
    this.#onSaw = onSaw;
    this.#unseen = new Unseen(lastNumber);
    this.#wasLastPage = pageCount(lastNumber) === page;
    this.#drawnPages = this.#pagesKey();
    this.#observer = new IntersectionObserver((entries) => this.#onView(entries), { rootMargin: "0px 0px -32px 0px" });
    if (this.#nextPage !== null) {
      this.#observer.observe(this.#nextPage);
    }
  }

  created(number: number, postId: number): void {
    this.#unseen.created(number, postId);
  }

  /** News of the thread itself: how far it goes, and its address. */
  follow(thread: ThreadData): void {
    this.#thread = thread;
    this.#unseen.reached(thread.last_number);
  }

  reset(thread: ThreadData): void {
    this.#thread = thread;
    this.#unseen.reset(thread.last_number);
  }

  /** An article that arrived on this page: unseen until it has been in view. */
  watch(article: HTMLElement): void {
    this.#observer.observe(article);
  }

  saw(number: number): void {
    this.#unseen.saw(number);
    this.#onSaw(number);
  }

  /** Bring the page in line with what is known now. */
  draw(): void {
    this.#drawBar();
    this.#drawNextPage();
    const key = this.#pagesKey();
    if (key !== this.#drawnPages) {
      this.#drawnPages = key;
      this.#drawPageLinks();
    }
  }

  #onView(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (target === this.#nextPage) {
        this.#isNextPageInView = isIntersecting;
      } else if (isIntersecting || !target.isConnected) {
        this.#observer.unobserve(target);
        this.#saw(Number((target as HTMLElement).dataset["number"]), isIntersecting);
      }
    }
    this.#drawBar();
  }

  #saw(number: number, isInView: boolean): void {
    if (isInView) {
      this.saw(number);
    } else {
      this.#unseen.saw(number); // it has left the page before it was seen
    }
  }

  #drawBar(): void {
    const count = this.#unseen.count;
    if (this.#bar === null) {
      return;
    }
    const isTold = this.#isNextPageInView && pageOf(this.#unseen.firstNumber) > this.#page;
    this.#bar.hidden = count === 0 || isTold;
    if (count === 0) {
      announcer.forget("posts");
      this.#toldCount = 0;
    }
    if (count > 0) {
      this.#tell(count);
      this.#bar.textContent = newPostsWords(count);
      this.#pointTo(this.#bar, this.#unseen.firstNumber);
    }
  }

  #tell(count: number): void {
    if (count > this.#toldCount) {
      announcer.tell("posts", newPostsWords(count));
    }
    this.#toldCount = count;
  }

  /** Posts above the reader's eyes: they write their own below. */
  #pointTo(bar: HTMLAnchorElement, number: number): void {
    const article = this.#findNumber(number);
    const isAbove = article !== null && article.getBoundingClientRect().bottom <= 0;
    bar.dataset["direction"] = isAbove ? "up" : "down";
    const elsewhere = (): string => postPath(this.#thread, number, this.#unseen.firstPostId);
    bar.setAttribute("href", article === null ? elsewhere() : `#${article.id}`);
  }

  /** The last page has become full while it was open: on from here. */
  #drawNextPage(): void {
    const link = this.#nextPage?.querySelector("a");
    const count = this.#unseen.lastNumber - this.#page * POSTS_PER_PAGE;
    if (!this.#wasLastPage || this.#nextPage === null || !link) {
      return;
    }
    this.#nextPage.hidden = count <= 0;
    if (count > 0) {
      link.setAttribute("href", threadPath(this.#thread, this.#page + 1));
      link.textContent = newPostsOnPageWords(count, this.#page + 1);
    }
  }

  #drawPageLinks(): void {
    const count = pageCount(this.#unseen.lastNumber);
    for (const nav of document.querySelectorAll<HTMLElement>("nav[data-pages]")) {
      drawPages(nav, this.#page, count, (page) => threadPath(this.#thread, page));
      // Links that appear above the reader's eyes would push the posts down.
      const wouldPush = nav.hidden && nav.nextElementSibling?.id === "posts" && window.scrollY < nav.offsetTop + 200;
      nav.hidden = count < 2 || wouldPush;
    }
  }

  #pagesKey(): string {
    return `${pageCount(this.#unseen.lastNumber)} ${this.#thread.slug}`;
  }
}
