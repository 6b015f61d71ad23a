// What a guest has read: kept on this device and nowhere else, up to a limit, the oldest marks going first.

/** Where they are kept. */
export const KEY = "tertulia-read";
export const MAX_MARKS = 500;

interface Kept {
  /** What was there before the first visit is nothing new. */
  readonly sinceMs: number;
  /** The highest number seen of each thread, least recently visited first. */
  readonly marks: readonly (readonly [threadId: number, number: number])[];
}

/** What a browser offers to keep things in; it may refuse. */
export type Shelf = Pick<Storage, "getItem" | "setItem">;

export class GuestMarks {
  readonly #shelf: Shelf | null;
  readonly #sinceMs: number;

  constructor(shelf: Shelf | null, nowMs: number) {
    this.#shelf = shelf;
    const kept = this.#load();
    this.#sinceMs = kept?.sinceMs ?? nowMs;
    if (kept === null) {
      this.#save({ sinceMs: nowMs, marks: [] });
    }
  }

  /** The highest number that was seen; null if nothing was. */
  markOf(threadId: number): number | null {
    return this.#load()?.marks.find(([id]) => id === threadId)?.[1] ?? null;
  }

  isUnread(threadId: number, lastNumber: number, lastMs: number): boolean {
    const mark = this.markOf(threadId);
    return mark === null ? lastMs > this.#sinceMs : lastNumber > mark;
  }

  /** A mark only grows; read again each time, as other tabs write too. */
  saw(threadId: number, number: number): void {
    const marks = this.#load()?.marks ?? [];
    const others = marks.filter(([id]) => id !== threadId);
    const mark = Math.max(number, marks.find(([id]) => id === threadId)?.[1] ?? 0);
    this.#save({ sinceMs: this.#sinceMs, marks: [...others, [threadId, mark] as const].slice(-MAX_MARKS) });
  }

  #load(): Kept | null {
    try {
      const kept: unknown = JSON.parse(this.#shelf?.getItem(KEY) ?? "null");
      return isKept(kept) ? kept : null;
    } catch {
      return null;
    }
  }

  #save(kept: Kept): void {
    try {
      this.#shelf?.setItem(KEY, JSON.stringify(kept));
    } catch {
      return; // full, or forbidden
    }
  }
}

function isKept(value: unknown): value is Kept {
  const { sinceMs, marks } = (value ?? {}) as Partial<Kept>;
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((part) => Number.isSafeInteger(part));
  return typeof sinceMs === "number" && Array.isArray(marks) && marks.every(isPair);
}
