// The reply form: sent by fetch, so that the page stays; its text is only ever taken away when it is posted.

import type { PostData, ThreadData } from "../data.ts";
import { ApiError, createPost } from "./api.ts";
import { DraftStore } from "./drafts.ts";
import { keyHash, PostKey } from "./keys.ts";
import { _ } from "./translation.ts";

export type OnPosted = (post: PostData, thread: ThreadData) => void;

export class ReplyForm {
  readonly #form: HTMLFormElement;
  readonly #text: HTMLTextAreaElement;
  readonly #keyField: HTMLInputElement;
  readonly #button: HTMLButtonElement | null;
  readonly #state: HTMLElement | null;
  readonly #threadId: number;
  readonly #onPosted: OnPosted;
  readonly #drafts: DraftStore;
  readonly #key: PostKey;
  #isSending = false;
  /** Of the key whose outcome is not known yet. */
  #awaitedHash: string | null = null;

  constructor(form: HTMLFormElement, threadId: number, onPosted: OnPosted) {
    this.#form = form;
    this.#threadId = threadId;
    this.#onPosted = onPosted;
    this.#text = form.elements.namedItem("text") as HTMLTextAreaElement;
    this.#keyField = form.elements.namedItem("key") as HTMLInputElement;
    this.#button = form.querySelector("button[type=submit]");
    this.#state = form.querySelector("[data-form-state]");
    this.#drafts = new DraftStore(threadId);
    this.#key = this.#restore();
    this.#setSending(false);
    form.addEventListener("submit", (event) => {
      if (event.submitter?.getAttribute("name") === "do") {
        return; // another page shows it
      }
      event.preventDefault();
      void this.#send();
    });
    this.#text.addEventListener("input", () => this.#save());
  }

  /** A post was made somewhere; if it is ours, its event came before the answer, or instead of it. */
  noticePost(hash: string | undefined, post: PostData, thread: ThreadData): void {
    if (hash !== undefined && hash === this.#awaitedHash) {
      this.#succeed(post, thread);
    }
  }

  #restore(): PostKey {
    const draft = this.#drafts.load();
    // A browser may have put the text back already, but not its key.
    const isOther = this.#text.value !== "" && this.#text.value !== draft?.text;
    if (draft === null || isOther) {
      return new PostKey({ key: this.#keyField.value, sentText: null });
    }
    this.#text.value = draft.text;
    this.#keyField.value = draft.key;
    return new PostKey(draft);
  }

  #save(): void {
    this.#keyField.value = this.#key.state.key;
    this.#drafts.save({ text: this.#text.value, ...this.#key.state });
  }

  async #send(): Promise<void> {
    const text = this.#text.value;
    if (this.#isSending) {
      return;
    }
    if (text.trim() === "") {
      this.#say(_("A post needs some text."), true);
      return;
    }
    const key = this.#key.keyFor(text);
    this.#setSending(true);
    this.#say(_("Sending…"), false);
    this.#save();
    const hash = await keyHash(key);
    this.#awaitedHash = hash;
    try {
      const { post, thread } = await createPost(this.#threadId, text, key);
      if (this.#key.state.key === key) {
        this.#succeed(post, thread);
      }
    } catch (error) {
      if (this.#key.state.key === key) {
        this.#fail(error);
      }
    }
  }

  #succeed(post: PostData, thread: ThreadData): void {
    const wasChanged = this.#text.value !== this.#key.state.sentText;
    this.#awaitedHash = null;
    this.#key.used();
    if (!wasChanged) {
      this.#text.value = "";
    }
    this.#setSending(false);
    this.#save();
    this.#say(wasChanged ? _("Posted as you sent it. What you changed since is still here.") : _("Posted."), false);
    this.#onPosted(post, thread);
  }

  #fail(error: unknown): void {
    this.#setSending(false);
    const words = error instanceof ApiError ? error.message : _("Something went wrong.");
    this.#say(`${words} ${_("Your text is kept.")}`, true);
    if (!(error instanceof ApiError)) {
      window.reportError(error);
    }
  }

  #setSending(isSending: boolean): void {
    this.#isSending = isSending;
    this.#form.classList.toggle("is-sending", isSending);
    this.#text.readOnly = isSending;
    if (this.#button !== null) {
      this.#button.disabled = isSending;
    }
  }

  #say(words: string, isError: boolean): void {
    if (isError) {
      this.#text.setAttribute("aria-invalid", "true");
    } else {
      this.#text.removeAttribute("aria-invalid");
    }
    if (this.#state !== null) {
      this.#state.classList.toggle("is-error", isError);
      this.#state.textContent = words;
    }
  }
}
