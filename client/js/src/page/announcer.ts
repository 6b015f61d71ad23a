// One polite voice for who hears the page instead of seeing it. What comes quickly is said together, and seldom: the
// latest words about each thing, not every one of them.

/** What is gathered before it is said, and how long the voice then rests. */
export const GATHER_MS = 1_000;
export const REST_MS = 5_000;

export interface AnnouncerOptions {
  readonly say: (words: string) => void;
  readonly setTimer: (callback: () => void, delayMs: number) => void;
}

export class Announcer {
  readonly #say: (words: string) => void;
  readonly #setTimer: (callback: () => void, delayMs: number) => void;
  /** At most one entry for each thing that is spoken of. */
  readonly #waiting = new Map<string, string>();
  #isGathering = false;
  #isResting = false;

  constructor({ say, setTimer }: AnnouncerOptions) {
    this.#say = say;
    this.#setTimer = setTimer;
  }

  /** Say this about a thing, in place of what was to be said about it. */
  tell(about: string, words: string): void {
    this.#waiting.delete(about);
    this.#waiting.set(about, words);
    this.#gather();
  }

  /** Nothing is to be said about a thing any more. */
  forget(about: string): void {
    this.#waiting.delete(about);
  }

  #gather(): void {
    if (this.#isGathering || this.#isResting) {
      return;
    }
    this.#isGathering = true;
    this.#setTimer(() => {
      this.#isGathering = false;
      this.#speak();
    }, GATHER_MS);
  }

  #speak(): void {
    if (this.#waiting.size === 0) {
      return;
    }
    this.#say([...this.#waiting.values()].join(" "));
    this.#waiting.clear();
    this.#isResting = true;
    this.#setTimer(() => {
      this.#isResting = false;
      if (this.#waiting.size > 0) {
        this.#speak();
      }
    }, REST_MS);
  }
}

/** The voice of this page: the element `announcer` of every page. */
export const announcer = new Announcer({
  say: (words) => {
    const element = document.getElementById("announcer");
    if (element !== null) {
      element.textContent = words;
    }
  },
  setTimer: (callback, delayMs) => void setTimeout(callback, delayMs),
});
