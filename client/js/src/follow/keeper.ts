// The place in each channel, kept from one life of a program to the next.

import { type Cursor, formatCursor } from "../cursors.ts";

/** Cursors as text, by channel: what a store keeps. */
export type Kept = Readonly<Record<string, string>>;

/** Where cursors are kept: a file (`keepInFile` of `tertulia-follow/node`), `keepInStorage`, or a table of one's own. */
export interface Store {
  /** What was kept; nothing at first. Rejects if it is there and cannot be read. */
  read(): Kept | Promise<Kept>;
  /** Keep all of these in the place of what was kept, or reject. */
  write(kept: Kept): void | Promise<void>;
}

/** While events wait to be handled, their places are written so often at most: a crash brings back no more than these. */
const WRITE_MS = 200;

/** What was handled, told to the store: at once if nothing else waits, else now and then. */
export class Keeper {
  readonly #store: Store;
  readonly #nowMs: () => number;
  #kept: Record<string, string> = {};
  #isChanged = false;
  #writtenMs = -Infinity;

  constructor(store: Store, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** The cursors as text, by channel. */
  async read(): Promise<Kept> {
    this.#kept = { ...(await this.#store.read()) };
    return this.#kept;
  }

  /** Everything of the channel up to here was handled. */
  async handled(channel: string, cursor: Cursor, isLast: boolean): Promise<void> {
    this.#kept[channel] = formatCursor(cursor);
    this.#isChanged = true;
    if (isLast || this.#nowMs() - this.#writtenMs >= WRITE_MS) {
      await this.write();
    }
  }

  async write(): Promise<void> {
    if (this.#isChanged) {
      this.#isChanged = false;
      this.#writtenMs = this.#nowMs();
      await this.#store.write({ ...this.#kept });
    }
  }
}

/** In the storage of a browser, under a name: `keepInStorage(localStorage, "my-follower")`. */
export function keepInStorage(storage: Pick<Storage, "getItem" | "setItem">, name: string): Store {
  return {
    read: () => keptOf(storage.getItem(name), `the item ${name} of the storage`),
    write: (kept) => storage.setItem(name, JSON.stringify(kept)),
  };
}

/** What was written; throws with a sentence for anything else. */
export function keptOf(text: string | null, where: string): Kept {
  if (text === null) {
    return {};
  }
  const value = parse(text);
  if (typeof value !== "object" || value === null || !Object.values(value).every((one) => typeof one === "string")) {
    throw new Error(`What was kept in ${where} cannot be read: put back a copy of it, or remove it to begin anew.`);
  }
  return value as Kept;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
