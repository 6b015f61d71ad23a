// The preview below a text field: made by the server, as a post is, and again when writing pauses.

import { ApiError } from "./api.ts";
import { previewPost } from "./api_writing.ts";
import { _ } from "./translation.ts";

const PAUSE_MS = 600;

export class Preview {
  readonly #field: HTMLTextAreaElement;
  readonly #pane: HTMLElement;
  readonly #body: HTMLElement;
  readonly #button: HTMLElement | null;
  readonly #postId: number | undefined;
  #timer = 0;
  #run = 0;

  constructor(form: HTMLFormElement, field: HTMLTextAreaElement, postId?: number) {
    this.#field = field;
    this.#postId = postId;
    this.#pane = form.querySelector("[data-preview]") as HTMLElement;
    this.#body = form.querySelector("[data-preview-body]") as HTMLElement;
    this.#button = form.querySelector("[data-do=preview]");
    this.#button?.setAttribute("aria-pressed", String(!this.#pane.hidden));
    this.#button?.addEventListener("click", (event) => {
      event.preventDefault();
      this.toggle();
    });
    field.addEventListener("input", () => this.#later(PAUSE_MS));
  }

  toggle(isShown = this.#pane.hidden): void {
    this.#pane.hidden = !isShown;
    this.#button?.setAttribute("aria-pressed", String(isShown));
    if (isShown) {
      void this.#draw();
    }
  }

  clear(): void {
    this.#run += 1;
    window.clearTimeout(this.#timer);
    this.#body.replaceChildren();
    this.toggle(false);
  }

  #later(delayMs: number): void {
    if (this.#pane.hidden) {
      return;
    }
    this.#pane.classList.add("is-late");
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#draw(), delayMs);
  }

  async #draw(): Promise<void> {
    const run = (this.#run += 1);
    const text = this.#field.value;
    if (text.trim() === "") {
      this.#say(_("Write something to preview it."));
      return;
    }
    try {
      const { html } = await previewPost(text, this.#postId);
      if (run === this.#run) {
        this.#body.innerHTML = html; // sanitised by the server
        this.#pane.classList.remove("is-late");
      }
    } catch (error) {
      if (run !== this.#run) {
        return;
      }
      if (error instanceof ApiError && error.retryAfterMs > 0) {
        this.#later(error.retryAfterMs);
      } else {
        this.#say(error instanceof ApiError ? error.message : _("Something went wrong."));
      }
    }
  }

  #say(words: string): void {
    this.#body.textContent = words;
    this.#pane.classList.remove("is-late");
  }
}
