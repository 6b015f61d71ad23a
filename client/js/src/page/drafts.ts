// What somebody is writing, kept in this browser for its member, also through a crash and a sign-out. One for each place.

import type { KeyState } from "./keys.ts";

export interface Draft extends KeyState {
  readonly title: string;
  readonly text: string;
  /** The version of the draft on the server that this grew out of; 0 for none. */
  readonly base: number;
  /** Whether it is the very draft that the server has. */
  readonly isKept: boolean;
  /** When it was last written in, by this device's clock. */
  readonly changedMs: number;
  /** The thread's last number when it was begun, if that is known. */
  readonly sinceNumber: number | null;
}

export class DraftStore {
  readonly #name: string;

  constructor(memberId: string, place: string) {
    this.#name = `tertulia.draft.${memberId}.${place}`;
  }

  load(): Draft | null {
    try {
      const draft: unknown = JSON.parse(localStorage.getItem(this.#name) ?? "null");
      return isDraft(draft) ? draft : null;
    } catch {
      return null; // no storage, or not what we wrote
    }
  }

  /** An empty draft leaves nothing behind. */
  save(draft: Draft): void {
    try {
      if (draft.text === "" && draft.title === "") {
        localStorage.removeItem(this.#name);
      } else {
        localStorage.setItem(this.#name, JSON.stringify(draft));
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
  const draft = value as Record<string, unknown>;
  const areTexts = [draft["text"], draft["title"], draft["key"]].every((text) => typeof text === "string");
  const areNumbers = [draft["base"], draft["changedMs"]].every((number) => typeof number === "number");
  const { sentText, sinceNumber, isKept } = draft;
  return (
    areTexts &&
    areNumbers &&
    typeof isKept === "boolean" &&
    (sentText === null || typeof sentText === "string") &&
    (sinceNumber === null || typeof sinceNumber === "number")
  );
}
