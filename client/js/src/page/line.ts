// The one line of a page: whatever on it is alive follows its channels over the same connection. Where the browser can,
// that is one connection for all its tabs.

import { browserSurroundings, keepAwake, type Line, LIVE_PATH } from "../browser.ts";
import { Connection } from "../connection.ts";
import type { Cursor } from "../cursors.ts";
import type { Transport } from "../ladder.ts";
import type { Notice } from "../notices.ts";
import { canShare, openSharedLine } from "../sharing/shell.ts";
import { savesData } from "./thrift.ts";

type Listener = (notice: Notice) => void;

export class PageLine implements Line {
  readonly #listeners: Listener[] = [];
  /** Whether somebody reads a thread here and wants to be counted; asked at each new connection. */
  isReader: () => boolean = () => false;
  #isPaused = false;
  readonly #wanted = new Map<string, Cursor | null>();
  #line: Line;
  #isStarted = false;

  /** `worker`: the script of the shared line's worker, if there is one; `identity`: who reads. */
  constructor(worker: string | null, identity: string) {
    this.#line = this.#share(worker, identity) ?? this.#connect();
  }

  /** Hear of everything that comes; the channel says whom it concerns. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  get transport(): Transport {
    return this.#line.transport;
  }

  follow(channel: string, cursor: Cursor | null): void {
    this.#wanted.set(channel, cursor);
    this.#line.follow(channel, cursor);
  }

  unfollow(channel: string): void {
    this.#wanted.delete(channel);
    this.#line.unfollow(channel);
  }

  /** Connect, once all parts of the page have said what they follow. */
  begin(): void {
    if (this.#wanted.size > 0) {
      keepAwake(this, savesData);
      this.start();
    }
  }

  /** Begin, or begin again after `suspend`; not while it is paused. */
  start(): void {
    if (!this.#isPaused) {
      this.#isStarted = true;
      this.#line.start();
    }
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Hang up, and stay so whatever happens, until it is asked to go on: then what was missed comes first. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) {
      this.suspend();
    } else {
      this.start();
    }
  }

  /** Say something in passing in a channel that is followed. */
  signal(channel: string, name: string): void {
    this.#line.signal(channel, name);
  }

  /** Ask how long an answer takes; told as `delay`, if the line can be asked. */
  measure(): void {
    this.#line.measure();
  }

  suspend(): void {
    this.#isStarted = false;
    this.#line.suspend();
  }

  wake(): void {
    this.#line.wake();
  }

  #connect(): Line {
    return new Connection(browserSurroundings(LIVE_PATH, () => this.isReader()), (notice) => this.#tell(notice));
  }

  #share(script: string | null, identity: string): Line | null {
    if (script === null || !canShare()) {
      return null;
    }
    try {
      const onFailed = (): void => this.#goAlone();
      const listener = (notice: Notice): void => this.#tell(notice);
      return openSharedLine({ script, identity, listener, onFailed, isReader: () => this.isReader() });
    } catch {
      return null;
    }
  }

  /** The worker could not be had: nothing has come from it, so all begins where the page does. */
  #goAlone(): void {
    this.#line = this.#connect();
    this.#wanted.forEach((cursor, channel) => this.#line.follow(channel, cursor));
    if (this.#isStarted) {
      this.#line.start();
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
