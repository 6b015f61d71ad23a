// The one line of a page: whatever on it is alive follows its channels over the same connection.

import { browserSurroundings, keepAwake } from "../browser.ts";
import { Connection } from "../connection.ts";
import type { Cursor } from "../cursors.ts";
import type { Notice } from "../notices.ts";
import { savesData } from "./thrift.ts";

const LIVE_PATH = "/live";

type Listener = (notice: Notice) => void;

export class PageLine {
  readonly connection: Connection;
  readonly #listeners: Listener[] = [];
  /** Whether somebody reads a thread here and wants to be counted; asked at each new connection. */
  isReader: () => boolean = () => false;
  #isWanted = false;

  constructor() {
    this.connection = new Connection(browserSurroundings(LIVE_PATH, () => this.isReader()), (notice) => this.#tell(notice));
  }

  /** Hear of everything that comes; the channel says whom it concerns. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  follow(channel: string, cursor: Cursor | null): void {
    this.connection.follow(channel, cursor);
    this.#isWanted = true;
  }

  /** Connect, once all parts of the page have said what they follow. */
  start(): void {
    if (this.#isWanted) {
      keepAwake(this.connection, savesData);
      this.connection.start();
    }
  }

  /** A listener that fails must not keep the others from hearing. */
  #tell(notice: Notice): void {
    for (const listener of this.#listeners) {
      try {
        listener(notice);
      } catch (error) {
        window.reportError(error);
      }
    }
  }
}
