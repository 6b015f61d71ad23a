// How a draft stands, in a few words beside the form; and another draft of the same place, which is not lost.

import type { Composer } from "./composer.ts";
import { button, notice } from "./field.ts";
import type { Written } from "./keeping.ts";
import { _ } from "./translation.ts";

export interface DraftStateOptions {
  readonly drop: () => void;
  readonly swap: (other: Written) => void;
}

export class DraftState {
  readonly #composer: Composer;
  readonly #options: DraftStateOptions;
  readonly #line: HTMLElement | null;
  #offered: HTMLElement | null = null;

  constructor(composer: Composer, options: DraftStateOptions) {
    this.#composer = composer;
    this.#options = options;
    this.#line = composer.form.querySelector("[data-draft-state]");
  }

  restored(): void {
    this.#say(_("Restored what you were writing."), true);
  }

  changed(): void {
    if (this.#line?.querySelector("button") === null) {
      this.#say("");
    }
  }

  kept(isOnServer: boolean): void {
    this.#say(isOnServer ? _("Draft kept") : _("Draft kept on this device"), true);
  }

  /** The text is gone, but for a way back. */
  dropped(undo: () => void): void {
    const told = notice(_("Draft discarded."), button(_("Undo"), undo));
    told.addEventListener("click", () => told.remove());
    this.#composer.field.addEventListener("input", () => told.remove(), { once: true });
    this.#composer.beside?.append(told);
  }

  gone(): void {
    this.#say("");
    this.#offered?.remove();
    this.#offered = null;
  }

  offer(other: Written): void {
    this.#offered?.remove();
    const text = document.createElement("pre");
    text.textContent = other.text;
    text.hidden = true;
    const look = button(_("Look at it"), () => (text.hidden = !text.hidden));
    const use = button(_("Use it instead"), () => this.#options.swap(other));
    const drop = button(_("Drop it"), () => this.#offered?.remove());
    this.#offered = notice(_("Another draft of this was written elsewhere."), look, use, drop);
    this.#offered.append(text);
    this.#composer.beside?.append(this.#offered);
  }

  #say(words: string, canDrop = false): void {
    if (this.#line === null) {
      return;
    }
    this.#line.textContent = words;
    if (canDrop) {
      const link = document.createElement("a");
      link.href = "/drafts";
      link.textContent = words;
      this.#line.replaceChildren(link);
      this.#line.append(" ", button(_("Discard"), () => this.#options.drop()));
    }
  }
}
