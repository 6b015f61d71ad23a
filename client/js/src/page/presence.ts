// Who reads and writes in this thread, and that we do: signals, which may be lost at any time, and are said again.

import type { PresenceData, WhoData } from "../data.ts";
import type { Signal } from "../messages.ts";
import { _, ngettext } from "./translation.ts";
import { countWords } from "./words.ts";

/** While somebody goes on writing it is said again: the server holds it for six seconds. */
const TYPING_AGAIN_MS = 3000;

export interface PresenceOptions {
  readonly channel: string;
  readonly memberId: number | null;
  /** "12 reading, 2 writing", and "Marisol is writing…"; null where it is not shown. */
  readonly counts: HTMLElement | null;
  readonly writing: HTMLElement | null;
  readonly send: (channel: string, name: string) => void;
  readonly isWanted: () => boolean;
}

export class Presence {
  readonly #options: PresenceOptions;
  #isLive = false;
  #typedAtMs = -Infinity;

  constructor(options: PresenceOptions) {
    this.#options = options;
    document.addEventListener("visibilitychange", () => this.tell());
  }

  /** The line is there, or gone: on each new one we have to say again that we read. */
  setLive(isLive: boolean): void {
    if (isLive !== this.#isLive) {
      this.#isLive = isLive;
      this.#typedAtMs = -Infinity;
      if (isLive) {
        this.tell();
      } else {
        this.#clear();
      }
    }
  }

  /** Say whether we read: a page in the background is not read. */
  tell(): void {
    const isReading = document.visibilityState === "visible" && this.#options.isWanted();
    this.#say(isReading ? "reading" : "away");
    if (!isReading) {
      this.#clear();
    }
  }

  /** The reader's own text has changed. */
  wrote(isEmpty: boolean): void {
    const nowMs = performance.now();
    if (isEmpty) {
      this.stopped();
    } else if (this.#options.isWanted() && nowMs - this.#typedAtMs >= TYPING_AGAIN_MS) {
      this.#typedAtMs = nowMs;
      this.#say("typing");
    }
  }

  /** It is posted, or given up. */
  stopped(): void {
    if (this.#typedAtMs !== -Infinity) {
      this.#typedAtMs = -Infinity;
      this.#say("stopped");
    }
  }

  take(signal: Signal): void {
    if (signal.name === "presence" && signal.channel === this.#options.channel && this.#options.isWanted()) {
      this.#show(signal.data as unknown as PresenceData);
    }
  }

  #show({ reading, writing, readers, writers }: PresenceData): void {
    const { counts, writing: line, memberId } = this.#options;
    if (counts !== null) {
      const names = namesWords(readers, reading);
      const words = countsWords(reading, writing);
      counts.textContent = names === "" ? words : _("%(counts)s: %(names)s", { counts: words, names });
    }
    if (line !== null) {
      const others = writers.filter(({ id }) => id !== memberId);
      const isOwn = others.length < writers.length;
      line.textContent = writingWords(others, writing - (isOwn ? 1 : 0));
    }
  }

  #clear(): void {
    for (const element of [this.#options.counts, this.#options.writing]) {
      element?.replaceChildren();
    }
  }

  #say(name: string): void {
    if (this.#isLive) {
      this.#options.send(this.#options.channel, name);
    }
  }
}

function countsWords(reading: number, writing: number): string {
  const readers = ngettext("%(count)s reading", "%(count)s reading", reading, { count: countWords(reading) });
  if (writing === 0) {
    return readers;
  }
  const writers = ngettext("%(count)s writing", "%(count)s writing", writing, { count: countWords(writing) });
  return _("%(readers)s, %(writers)s", { readers, writers });
}

/** The names that are told, and how many are not among them. */
function namesWords(readers: readonly WhoData[], count: number): string {
  const names = readers.map(({ name }) => name).join(", ");
  const more = count - readers.length;
  if (names === "" || more <= 0) {
    return names;
  }
  return ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more, {
    names,
    count: countWords(more),
  });
}

function writingWords(others: readonly WhoData[], count: number): string {
  const [first, second] = others.map(({ name }) => name);
  if (first === undefined || count <= 0) {
    return "";
  }
  if (second === undefined || count === 1) {
    return _("%(name)s is writing…", { name: first });
  }
  if (count === 2) {
    return _("%(first)s and %(second)s are writing…", { first, second });
  }
  return _("%(first)s and %(count)s more are writing…", { first, count: countWords(count - 1) });
}
