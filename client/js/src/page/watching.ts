// The button that watches a thread: pressed without leaving the page, and the same in the member's other tabs. Whatever
// goes wrong, the plain form does it, or says why.

import { call } from "./api.ts";
import { readFresh } from "./fresh.ts";
import { _ } from "./translation.ts";

/** What was chosen in one tab, for the others. */
const TABS = "tertulia-watching";

/** Whoever replies watches; that is done beside the post, within this. */
const BESIDE_MS = 2_000;

interface Chosen {
  readonly threadId: number;
  readonly isWatching: boolean;
}

export class Watching {
  readonly #threadId: number;
  readonly #tabs = "BroadcastChannel" in window ? new BroadcastChannel(TABS) : null;

  /** `main`: the page; its form may come and go with the rights of its reader. */
  constructor(main: HTMLElement, threadId: number) {
    this.#threadId = threadId;
    main.addEventListener("submit", (event) => {
      const form = event.target instanceof HTMLFormElement && event.target.matches("form.watch") ? event.target : null;
      const button = event.submitter;
      if (form !== null && form.dataset["plain"] === undefined && button instanceof HTMLButtonElement) {
        event.preventDefault();
        void this.#choose(form, button, button.value === "yes");
      }
    });
    this.#tabs?.addEventListener("message", ({ data }: MessageEvent<Chosen>) => {
      if (data.threadId === threadId) {
        show(data.isWatching);
      }
    });
  }

  /** The reader has posted here. */
  posted(): void {
    if (ownButton()?.value === "yes") {
      window.setTimeout(() => void this.#look(), BESIDE_MS);
    }
  }

  async #choose(form: HTMLFormElement, button: HTMLButtonElement, isWatching: boolean): Promise<void> {
    button.disabled = true;
    try {
      await call("PUT", `/api/threads/${this.#threadId}/watch`, {}, { is_watching: isWatching });
      show(isWatching);
      this.#tabs?.postMessage({ threadId: this.#threadId, isWatching } satisfies Chosen);
      button.disabled = false;
    } catch {
      button.disabled = false;
      form.dataset["plain"] = "yes";
      form.requestSubmit(button);
    }
  }

  async #look(): Promise<void> {
    const fresh = (await readFresh())?.page.querySelector<HTMLButtonElement>("form.watch button");
    if (fresh) {
      show(fresh.value === "no");
    }
  }
}

function ownButton(): HTMLButtonElement | null {
  return document.querySelector<HTMLButtonElement>("form.watch button");
}

function show(isWatching: boolean): void {
  const button = ownButton();
  if (button !== null) {
    button.value = isWatching ? "no" : "yes";
    button.setAttribute("aria-pressed", String(isWatching));
    button.title = isWatching ? _("You hear of replies here") : _("Hear of replies here");
    button.textContent = isWatching ? _("Watching") : _("Watch");
  }
}
