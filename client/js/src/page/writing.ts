// Writing something that is posted by fetch, so that the page stays: its text is only ever taken away when it is posted.

import type { PostData, ThreadData } from "../data.ts";
import { ApiError, type PostOutcome } from "./api.ts";
import type { Sent } from "./api_writing.ts";
import type { Composer } from "./composer.ts";
import { DraftStore } from "./drafts.ts";
import { setText } from "./field.ts";
import { Keeping, type Written } from "./keeping.ts";
import { keyHash, newKey, PostKey } from "./keys.ts";
import { DraftState } from "./draftstate.ts";
import { _ } from "./translation.ts";

/** How long a post waits for its draft to be kept: then it goes without. */
const SETTLE_MS = 1_500;

export interface WritingOptions {
  readonly memberId: string;
  /** `thread:17`, `forum:3` or `post:431`. */
  readonly place: string;
  /** What stands in the form before anything is written; nothing but an edit begins with a text. */
  readonly initial?: string;
  /** The version of the kept draft that the server has put into the form; 0 for none. */
  readonly base?: number;
  /** The server has put more into the form than that draft. */
  readonly hasMore?: boolean;
  readonly send: (sent: Sent) => Promise<PostOutcome>;
  readonly onPosted: (post: PostData, thread: ThreadData) => void;
  /** Whether somebody else took care of it. */
  readonly onRefused?: (error: ApiError) => boolean;
  /** The text has begun, or is gone (null); of a restored one, what was known then. */
  readonly onBegun?: (sinceNumber: number | null | undefined) => void;
  readonly sinceNumber?: () => number | null;
  /** A draft of some time ago is shown. */
  readonly onRestored?: (changedMs: number) => void;
}

export class Writing {
  readonly composer: Composer;
  readonly #options: WritingOptions;
  readonly #initial: string;
  readonly #store: DraftStore;
  readonly #state: DraftState;
  readonly #key: PostKey;
  readonly #keeping: Keeping;
  #changedMs = Date.now();
  #hasBegun = false;
  #isSending = false;
  /** Of the key whose outcome is not known yet. */
  #awaitedHash: string | null = null;

  constructor(composer: Composer, options: WritingOptions) {
    this.composer = composer;
    this.#options = options;
    this.#initial = options.initial ?? "";
    this.#store = new DraftStore(options.memberId, options.place);
    this.#state = new DraftState(composer, {
      drop: () => this.#dropForNow(),
      swap: (other) => this.#swap(other),
    });
    const { key, base, isKept } = this.#restore();
    this.#key = key;
    this.#keeping = new Keeping(
      {
        place: options.place,
        base,
        read: () => ({ ...this.#written(), changedMs: this.#changedMs }),
        show: (draft) => this.#show(draft),
        offer: (draft) => this.#state.offer(draft),
        onState: (isKeptNow) => this.#onState(isKeptNow),
      },
      isKept,
    );
    composer.setSending(false);
    this.#listen();
  }

  /** Ask the server for the draft of this place; where nobody looks, nobody needs it. */
  begin(): void {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      void this.#keeping.begin();
    }
  }

  /** A post was made somewhere; if it is ours, its event came before the answer, or instead of it. */
  noticePost(hash: string | undefined, post: PostData, thread: ThreadData): void {
    if (hash !== undefined && hash === this.#awaitedHash) {
      this.#succeed(post, thread);
    }
  }

  /** Nothing is written any more. */
  cancel(): void {
    this.#drop();
  }

  get isChanged(): boolean {
    const { title, text } = this.#written();
    return title !== "" || text !== "";
  }

  #listen(): void {
    const { form, field, title } = this.composer;
    form.addEventListener("submit", (event) => {
      const pressed = event.submitter;
      const isPlain = pressed?.getAttribute("name") === "do";
      if (!isPlain) {
        event.preventDefault();
        void this.#send();
      }
    });
    for (const input of [field, ...(title === null ? [] : [title])]) {
      input.addEventListener("input", () => this.#onInput());
      input.addEventListener("focus", () => this.begin(), { once: true });
    }
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        void this.#keeping.push(true);
      }
    });
    window.addEventListener("online", () => void this.#keeping.push());
  }

  #restore(): { key: PostKey; base: number; isKept: boolean } {
    const { field, title } = this.composer;
    const draft = this.#store.load();
    const keyField = this.composer.form.elements.namedItem("key");
    const key = keyField instanceof HTMLInputElement ? keyField.value : newKey();
    const base = this.#options.base ?? 0;
    // A browser may have put the text back already, but not its key; or the server has put another one there.
    const isOther = field.value !== this.#initial && field.value !== draft?.text;
    if (draft === null || isOther) {
      if (draft !== null && !draft.isKept && base > 0) {
        this.#state.offer(draft);
      }
      return { key: new PostKey({ key, sentText: null }), base, isKept: base > 0 && this.#options.hasMore !== true };
    }
    field.value = draft.text;
    if (title !== null) {
      title.value = draft.title;
    }
    this.#changedMs = draft.changedMs;
    this.#options.onBegun?.(draft.sinceNumber);
    this.#options.onRestored?.(draft.changedMs);
    this.#state.restored();
    return { key: new PostKey(draft), base: draft.base, isKept: draft.isKept };
  }

  #written(): Written {
    const { field, title } = this.composer;
    return { title: title?.value ?? "", text: field.value === this.#initial ? "" : field.value };
  }

  #onInput(): void {
    this.#changedMs = Date.now();
    const { title, text } = this.#written();
    this.#options.onBegun?.(title === "" && text === "" ? null : undefined);
    this.#save();
    this.#state.changed();
    this.#keeping.changed();
  }

  /** On this device, at once. */
  #save(): void {
    const { base, isKept } = this.#keeping;
    const more = { base, isKept, changedMs: this.#changedMs, sinceNumber: this.#options.sinceNumber?.() ?? null };
    this.#store.save({ ...this.#written(), ...this.#key.state, ...more });
  }

  #onState(isKept: boolean): void {
    this.#save();
    if (this.isChanged) {
      this.#state.kept(isKept);
    }
  }

  #show({ title, text }: Written): void {
    const isNew = text !== this.#written().text;
    if (this.composer.title !== null) {
      this.composer.title.value = title;
    }
    setText(this.composer.field, text === "" ? this.#initial : text);
    if (isNew && text !== "") {
      this.#state.restored();
    }
  }

  #swap(other: Written): void {
    const mine = this.#written();
    this.#show(other);
    this.#state.offer(mine);
  }

  /** A click may have been a slip. */
  #dropForNow(): void {
    const mine = this.#written();
    this.#drop();
    this.#state.dropped(() => this.#show(mine));
  }

  #drop(): void {
    this.#key.used();
    this.#show({ title: "", text: "" });
    this.#keeping.drop();
    this.#store.save({ title: "", text: "", key: "", sentText: null, base: 0, isKept: false, changedMs: 0, sinceNumber: null });
    this.#state.gone();
  }

  async #send(): Promise<void> {
    const text = this.composer.field.value;
    const title = this.composer.title?.value ?? "";
    if (this.#isSending) {
      return;
    }
    if (text.trim() === "") {
      this.composer.say(_("A post needs some text."), true);
      return;
    }
    const key = this.#key.keyFor(title === "" ? text : `${title}\n${text}`);
    this.#setSending(true);
    this.composer.say(_("Sending…"));
    this.#save();
    const hash = await keyHash(key);
    this.#awaitedHash = hash;
    await Promise.race([this.#keeping.push(), new Promise((resolve) => window.setTimeout(resolve, SETTLE_MS))]);
    try {
      const { post, thread } = await this.#options.send({ title, text, key, draft: this.#keeping.base });
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
    const { field, title } = this.composer;
    const now = title === null || title.value === "" ? field.value : `${title.value}\n${field.value}`;
    const wasChanged = now !== this.#key.state.sentText;
    this.#awaitedHash = null;
    this.#key.used();
    if (!wasChanged) {
      this.#show({ title: "", text: "" });
    }
    this.#keeping.posted();
    if (wasChanged) {
      this.#keeping.changed();
    }
    this.#setSending(false);
    this.#save();
    this.#state.gone();
    this.composer.say(wasChanged ? _("Posted as you sent it. What you changed since is still here.") : _("Posted."));
    this.#options.onPosted(post, thread);
  }

  #fail(error: unknown): void {
    this.#setSending(false);
    if (error instanceof ApiError && this.#options.onRefused?.(error) === true) {
      return;
    }
    const words = error instanceof ApiError ? error.message : _("Something went wrong.");
    this.composer.say(`${words} ${_("Your text is kept.")}`, true);
    if (!(error instanceof ApiError)) {
      window.reportError(error);
    }
  }

  #setSending(isSending: boolean): void {
    this.#isSending = isSending;
    this.composer.setSending(isSending);
  }
}
