// Telling how far the reader has read: a member's marks go to the server, a guest's stay on the device.

import { setMark } from "./api.ts";
import { GuestMarks, KEY, type Shelf } from "./guestmarks.ts";

/** Posts that come into view within it are told together. */
const PAUSE_MS = 800;

export class Marks {
  readonly #threadId: number;
  readonly #guest: GuestMarks | null;
  #seen: number;
  #told: number;
  #timer: number | null = null;

  /** `seen`: the last number of the page as it was loaded, which the server has marked already for members. */
  constructor(threadId: number, seen: number, isGuest: boolean) {
    this.#threadId = threadId;
    this.#guest = isGuest ? guestMarks() : null;
    this.#seen = this.#told = seen;
    this.#guest?.saw(threadId, seen);
    window.addEventListener("pagehide", () => this.#tell(true));
  }

  /** The reader has had this post in view. */
  saw(number: number): void {
    if (number <= this.#seen) {
      return;
    }
    this.#seen = number;
    this.#timer ??= window.setTimeout(() => this.#tell(), PAUSE_MS);
  }

  #tell(isLeaving = false): void {
    if (this.#timer !== null) {
      window.clearTimeout(this.#timer);
      this.#timer = null;
    }
    if (this.#seen === this.#told) {
      return;
    }
    this.#told = this.#seen;
    if (this.#guest !== null) {
      this.#guest.saw(this.#threadId, this.#seen);
    } else {
      setMark(this.#threadId, this.#seen, isLeaving).catch(() => undefined); // the next page says it again
    }
  }
}

/** Mark what a guest has not read in a list of forums or threads. */
export function markUnread(root: ParentNode): void {
  const items = [...root.querySelectorAll<HTMLElement>("[data-guest-thread]")];
  const marks = items.length > 0 ? guestMarks() : null;
  for (const item of items) {
    const { guestThread, lastNumber, lastMs } = item.dataset;
    const threadId = Number(guestThread);
    const isUnread = marks?.isUnread(threadId, Number(lastNumber), Number(lastMs)) ?? false;
    const link = item.querySelector<HTMLAnchorElement>(".unread-link");
    item.classList.toggle("is-unread", isUnread);
    link?.setAttribute("href", `/threads/${threadId}/unread?after=${marks?.markOf(threadId) ?? 0}`);
    link?.toggleAttribute("hidden", !isUnread);
  }
}

/** What a guest reads in another tab is read here. */
export function watchGuestMarks(): void {
  window.addEventListener("storage", ({ key }) => {
    if (key === KEY) {
      markUnread(document);
    }
  });
}

function guestMarks(): GuestMarks {
  return new GuestMarks(shelf(), Date.now());
}

function shelf(): Shelf | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
