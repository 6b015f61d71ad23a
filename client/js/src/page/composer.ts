// A form to write in: marks above the text, names after an @, a preview below, and words about how it stands.

import { append } from "./markdown.ts";
import { Names } from "./names.ts";
import { Preview } from "./preview.ts";
import { replaceRange } from "./field.ts";
import { startToolbar } from "./toolbar.ts";

export class Composer {
  readonly form: HTMLFormElement;
  readonly field: HTMLTextAreaElement;
  readonly title: HTMLInputElement | null;
  /** Where messages with something to do about them stand. */
  readonly beside: HTMLElement | null;
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #state: HTMLElement | null;
  readonly #preview: Preview;

  constructor(form: HTMLFormElement, threadId: number | null, postId?: number) {
    this.form = form;
    this.field = form.elements.namedItem("text") as HTMLTextAreaElement;
    const title = form.elements.namedItem("title");
    this.title = title instanceof HTMLInputElement ? title : null;
    this.beside = form.querySelector("[data-beside]");
    this.#state = form.querySelector("[data-form-state]");
    this.#buttons = [...form.querySelectorAll<HTMLButtonElement>("button.is-primary")];
    new Names(this.field, threadId);
    this.#preview = new Preview(form, this.field, postId);
    startToolbar(form, this.field, (name) => {
      if (name === "preview") {
        this.#preview.toggle();
      } else {
        form.requestSubmit(this.#buttons[0]);
      }
    });
  }

  say(words: string, isError = false): void {
    if (isError) {
      this.field.setAttribute("aria-invalid", "true");
    } else {
      this.field.removeAttribute("aria-invalid");
    }
    if (this.#state !== null) {
      this.#state.classList.toggle("is-error", isError);
      this.#state.textContent = words;
    }
  }

  /** Nothing of others stands beside the text any more. */
  clearBeside(): void {
    this.beside?.replaceChildren();
    this.#preview.clear();
  }

  setSending(isSending: boolean): void {
    this.form.classList.toggle("is-sending", isSending);
    this.field.readOnly = isSending;
    for (const button of this.#buttons) {
      button.disabled = isSending;
    }
  }

  /** Put a piece at the end of the text, as if it had been typed there. */
  append(piece: string, keepsPlace: boolean): void {
    const { value } = this.field;
    const focused = document.activeElement;
    const [x, y] = [window.scrollX, window.scrollY];
    const end = append(value, piece);
    replaceRange(this.field, value.trimEnd().length, value.length, end.slice(value.trimEnd().length));
    if (keepsPlace) {
      if (focused instanceof HTMLElement && focused !== this.field) {
        focused.focus({ preventScroll: true });
      }
      window.scrollTo({ left: x, top: y, behavior: "instant" });
    } else {
      this.field.scrollTop = this.field.scrollHeight;
      this.form.scrollIntoView({ block: "nearest" });
    }
  }
}
