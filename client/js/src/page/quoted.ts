// What a text quotes may change while it is written: its writer is told, and can quote it anew.

import type { PostData } from "../data.ts";
import { readPost, readQuote } from "./api_writing.ts";
import type { Composer } from "./composer.ts";
import { button, notice, setText } from "./field.ts";
import { quotedIds, replaceQuote } from "./markdown.ts";
import { _ } from "./translation.ts";

const MAX_ASKED = 5;

export class Quoted {
  readonly #composer: Composer;
  readonly #told = new Map<number, HTMLElement>();

  constructor(composer: Composer) {
    this.#composer = composer;
    composer.field.addEventListener("input", () => this.#forgetUnquoted());
  }

  /** A post was edited, removed or restored. */
  changed(post: PostData): void {
    if (quotedIds(this.#composer.field.value).includes(post.id)) {
      this.#tell(post);
    }
  }

  /** A draft of some time ago: what has changed since? */
  async look(sinceMs: number): Promise<void> {
    const ids = quotedIds(this.#composer.field.value).slice(0, MAX_ASKED);
    const found = await Promise.all(ids.map((id) => readPost(id).catch(() => null)));
    for (const answer of found) {
      if (answer !== null && (answer.post.is_removed || (answer.post.edited_ms ?? 0) > sinceMs)) {
        this.#tell(answer.post);
      }
    }
  }

  #tell(post: PostData): void {
    const number = post.number;
    const words = post.is_removed
      ? _("You quote #%(number)s, which was removed since.", { number })
      : _("You quote #%(number)s, which was changed since.", { number });
    const act = post.is_removed
      ? button(_("Remove the quote"), () => this.#replace(post.id, ""))
      : button(_("Quote it anew"), () => void this.#quoteAnew(post.id));
    const told = notice(words, act, button(_("Dismiss"), () => this.#forget(post.id)));
    told.classList.add("is-warning");
    this.#forget(post.id);
    this.#told.set(post.id, told);
    this.#composer.beside?.append(told);
  }

  async #quoteAnew(postId: number): Promise<void> {
    const { markdown } = await readQuote(postId);
    this.#replace(postId, markdown);
  }

  #replace(postId: number, quote: string): void {
    const { field } = this.#composer;
    setText(field, replaceQuote(field.value, postId, quote));
    this.#forget(postId);
  }

  #forget(postId: number): void {
    this.#told.get(postId)?.remove();
    this.#told.delete(postId);
  }

  #forgetUnquoted(): void {
    if (this.#told.size > 0) {
      const ids = quotedIds(this.#composer.field.value);
      [...this.#told.keys()].filter((id) => !ids.includes(id)).forEach((id) => this.#forget(id));
    }
  }
}
