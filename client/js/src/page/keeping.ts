// Keeping a draft on the server as well, so that it follows its writer. Of two, the one written in last wins; the other
// is offered, and nothing disappears without having been seen.

import { ApiError } from "./api.ts";
import { dropDraft, type KeptDraft, readDraft, type SavedDraft, saveDraft } from "./api_writing.ts";

const PAUSE_MS = 2_000;
const RETRY_MS = 15_000;
const NOTHING = JSON.stringify(["", ""]);

export interface Written {
  readonly title: string;
  readonly text: string;
}

export interface KeepingOptions {
  readonly place: string;
  readonly base: number;
  readonly read: () => Written & { readonly changedMs: number };
  /** Put a draft of the server into the form. */
  readonly show: (draft: Written) => void;
  /** Another draft had to give way. */
  readonly offer: (draft: Written) => void;
  /** How it stands: kept on the server, or on this device only; and to keep it here under another base. */
  readonly onState: (isKept: boolean) => void;
}

export class Keeping {
  readonly #options: KeepingOptions;
  #base: number;
  #kept: string | null = null;
  #timer = 0;
  #running: Promise<void> | null = null;
  #isOver = false;

  constructor(options: KeepingOptions, isKept: boolean) {
    this.#options = options;
    this.#base = options.base;
    this.#kept = isKept ? this.#words() : null;
  }

  get base(): number {
    return this.#base;
  }

  get isKept(): boolean {
    return this.#kept === this.#words();
  }

  /** Ask once what the server has; the form may have a text of this device already. */
  async begin(): Promise<void> {
    const found = await readDraft(this.#options.place).catch(() => null);
    if (found !== null && !this.#isOver) {
      this.#meet(found.draft);
    }
  }

  changed(): void {
    this.#isOver = false;
    this.#later(PAUSE_MS);
  }

  /** Keep it now; `isParting`: the page goes away. */
  push(isParting = false): Promise<void> {
    window.clearTimeout(this.#timer);
    if (this.isKept || this.#isOver || (this.#base === 0 && this.#words() === NOTHING)) {
      return Promise.resolve();
    }
    if (this.#running !== null) {
      return this.#running.then(() => this.push(isParting));
    }
    this.#running = this.#save(isParting).finally(() => (this.#running = null));
    return this.#running;
  }

  /** The text is posted, and its draft went with it; one that was on its way meanwhile is taken back. */
  posted(): void {
    this.#isOver = true;
    window.clearTimeout(this.#timer);
    const base = this.#base;
    void this.#running?.then(() => this.#base > base && dropDraft(this.#options.place, this.#base));
    this.#base = 0;
    this.#kept = null;
  }

  /** The writer does not want it any more. */
  drop(): void {
    const base = this.#base;
    this.posted();
    if (base > 0) {
      void dropDraft(this.#options.place, base).catch(() => undefined);
    }
  }

  #meet(theirs: KeptDraft | null): void {
    const { title, text } = this.#options.read();
    const isEmpty = title === "" && text === "";
    if (theirs === null) {
      const isGone = this.isKept && this.#base > 0; // posted or dropped on another device
      this.#base = 0;
      if (isGone) {
        this.#options.show({ title: "", text: "" });
      } else if (!isEmpty) {
        void this.push();
      }
    } else if (isEmpty || this.isKept || (theirs.title === title && theirs.text === text)) {
      this.#take(theirs);
    } else {
      void this.push();
    }
  }

  #take(theirs: KeptDraft): void {
    this.#base = theirs.version;
    this.#options.show(theirs);
    this.#kept = this.#words();
    this.#options.onState(true);
  }

  async #save(isParting: boolean): Promise<void> {
    const { title, text, changedMs } = this.#options.read();
    const words = this.#words();
    const body = { place: this.#options.place, title, text, base: this.#base, age_ms: Math.max(0, Date.now() - changedMs) };
    try {
      this.#settle(await saveDraft(body, isParting), words);
    } catch (error) {
      this.#options.onState(false);
      const isFinal = error instanceof ApiError && [401, 403, 422].includes(error.status);
      if (!isFinal) {
        this.#later(error instanceof ApiError && error.retryAfterMs > 0 ? error.retryAfterMs : RETRY_MS);
      }
    }
  }

  #settle({ draft, other, taken }: SavedDraft, words: string): void {
    if (this.#isOver) {
      this.#base = Math.max(this.#base, draft?.version ?? 0);
      return;
    }
    this.#base = draft?.version ?? 0;
    if (taken) {
      this.#kept = words;
    } else if (draft !== null) {
      this.#take(draft);
    }
    if (other !== null) {
      this.#options.offer(other);
    }
    this.#options.onState(true);
    if (!this.isKept) {
      this.#later(PAUSE_MS);
    }
  }

  #words(): string {
    const { title, text } = this.#options.read();
    return JSON.stringify([title, text]);
  }

  #later(delayMs: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.push(), delayMs);
  }
}
