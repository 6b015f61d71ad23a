// "3 posts since you began writing", and a look at them without leaving the text.

import { pageOf } from "./addresses.ts";
import { readThreadPage } from "./api.ts";
import { button } from "./field.ts";
import { glimpse } from "./glimpses.ts";
import { _, ngettext } from "./translation.ts";
import { countWords } from "./words.ts";

const MAX_SHOWN = 20;

export class Since {
  readonly #threadId: number;
  readonly #beside: HTMLElement | null;
  readonly #box = document.createElement("details");
  readonly #summary = document.createElement("summary");
  readonly #list = document.createElement("ol");
  #lastNumber: number;
  #begunAt: number | null = null;
  #shownTo = 0;

  constructor(threadId: number, lastNumber: number, beside: HTMLElement | null) {
    this.#threadId = threadId;
    this.#lastNumber = lastNumber;
    this.#beside = beside;
    this.#box.className = "notice";
    this.#list.className = "glimpses";
    const hide = button(_("Hide it"), () => this.begin(this.#lastNumber));
    this.#box.append(this.#summary, this.#list, hide);
    this.#box.addEventListener("toggle", () => this.#box.open && void this.#fill());
  }

  get begunAt(): number | null {
    return this.#begunAt;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** The writer has begun, or has seen all up to here; null: there is no text. */
  begin(number: number | null): void {
    this.#begunAt = number;
    this.#shownTo = 0;
    this.#box.open = false;
    this.#draw();
  }

  reached(lastNumber: number): void {
    if (lastNumber > this.#lastNumber) {
      this.#lastNumber = lastNumber;
      this.#draw();
    }
  }

  #draw(): void {
    const count = this.#begunAt === null ? 0 : this.#lastNumber - this.#begunAt;
    if (count <= 0) {
      this.#box.remove();
      return;
    }
    const values = { count: countWords(count) };
    this.#summary.textContent = ngettext(
      "%(count)s post since you began writing",
      "%(count)s posts since you began writing",
      count,
      values,
    );
    if (!this.#box.isConnected) {
      this.#beside?.prepend(this.#box);
    }
    if (this.#box.open) {
      void this.#fill();
    }
  }

  async #fill(): Promise<void> {
    const last = this.#lastNumber;
    const first = Math.max((this.#begunAt ?? last) + 1, last - MAX_SHOWN + 1);
    if (this.#shownTo === last) {
      return;
    }
    this.#shownTo = last;
    const pages = [...new Set([pageOf(first), pageOf(last)])];
    const read = await Promise.all(pages.map((page) => readThreadPage(this.#threadId, page))).catch(() => null);
    if (read === null) {
      this.#shownTo = 0;
      return;
    }
    const posts = read.flatMap((page) => page.posts).filter(({ number }) => number >= first && number <= last);
    this.#list.replaceChildren(...posts.map(glimpse));
  }
}
