// What somebody is writing, kept in the tab: it survives a reload and a way through other pages. One per thread.

import type { KeyState } from "./keys.ts";

export interface Draft extends KeyState {
  readonly text: string;
}

export class DraftStore {
  readonly #name: string;

  constructor(threadId: number) {
    this.#name = `tertulia.draft.${threadId}`;
  }

  load(): Draft | null {
    try {
      const draft: unknown = JSON.parse(sessionStorage.getItem(this.#name) ?? "null");
      return isDraft(draft) ? draft : null;
    } catch {
      return null; // no storage, or not what we wrote
    }
  }

  /** An empty draft leaves nothing behind. */
  save(draft: Draft): void {
    try {
      if (draft.text === "") {
        sessionStorage.removeItem(this.#name);
      } else {
        sessionStorage.setItem(this.#name, JSON.stringify(draft));
      }
    } catch {
      // a browser that keeps nothing still posts
    }
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { text, key, sentText } = value as Record<string, unknown>;
  return typeof text === "string" && typeof key === "string" && (sentText === null || typeof sentText === "string");
}
