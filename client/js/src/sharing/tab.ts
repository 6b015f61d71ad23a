// A tab's side of a shared line: what a connection of its own would tell, in the same order, each event once.
//
// What the line has brought before the tab came, or while it slept, it reads from the log.

import { Backoff } from "../backoff.ts";
import type { Cursor } from "../cursors.ts";
import type { Transport } from "../ladder.ts";
import type { Event } from "../messages.ts";
import type { Notice, StateChanged } from "../notices.ts";
import type { LogAnswer } from "./log.ts";
import type { TabMessage, WorkerMessage } from "./messages.ts";

/** Notices that are taken are told in groups. */
export const SEEN_EVERY = 32;

export interface TabSurroundings {
  post(message: TabMessage): void;
  /** Rejects where it is worth another try. */
  readLog(channel: string, after: Cursor, until: number): Promise<LogAnswer>;
  /** Whether somebody reads here and wants to be counted. */
  isReader(): boolean;
  random(): number;
  sleep(delayMs: number): Promise<void>;
}

class Followed {
  cursor: Cursor | null;
  /** The log is read up to here, and further while more comes; null: nothing is to be read. */
  fillUntil: number | null = null;
  /** Another filling than this one has nothing to say any more. */
  run = 0;

  constructor(cursor: Cursor | null) {
    this.cursor = cursor;
  }
}

export class TabLine {
  readonly #surroundings: TabSurroundings;
  readonly #listener: (notice: Notice) => void;
  readonly #channels = new Map<string, Followed>();
  #isStarted = false;
  #taken = 0;
  #state: StateChanged = { kind: "state", state: "connecting", transport: "socket" };
  #told: StateChanged = this.#state;

  constructor(surroundings: TabSurroundings, listener: (notice: Notice) => void) {
    this.#surroundings = surroundings;
    this.#listener = listener;
  }

  get transport(): Transport {
    return this.#state.transport;
  }

  follow(channel: string, cursor: Cursor | null): void {
    if (!this.#channels.has(channel)) {
      this.#channels.set(channel, new Followed(cursor));
      if (this.#isStarted) {
        this.#surroundings.post({ kind: "follow", channel, cursor });
      }
    }
  }

  unfollow(channel: string): void {
    if (this.#drop(channel)) {
      this.#surroundings.post({ kind: "unfollow", channel });
    }
  }

  start(): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#join();
    }
  }

  /** Put aside until `start`; cursors stay. */
  suspend(): void {
    this.#isStarted = false;
    this.#channels.forEach((followed) => this.#stopFilling(followed));
    this.#surroundings.post({ kind: "suspend" });
    this.#state = { ...this.#state, state: "offline" }; // until the worker says what it is
    this.#tellState();
  }

  wake(): void {
    this.#surroundings.post({ kind: "wake" });
  }

  signal(channel: string, name: string): void {
    this.#surroundings.post({ kind: "signal", channel, name });
  }

  measure(): void {
    this.#surroundings.post({ kind: "measure" });
  }

  /** A message of the worker. */
  take(message: WorkerMessage): void {
    if (message.kind === "lost") {
      this.#join();
    } else if (message.kind === "joined") {
      this.#joined(message.channel, message.cursor);
    } else {
      this.#count();
      this.#hear(message.notice);
    }
    this.#tellState();
  }

  #join(): void {
    this.#taken = 0;
    this.#surroundings.post({ kind: "start", isReader: this.#surroundings.isReader() });
    this.#channels.forEach(({ cursor }, channel) => this.#surroundings.post({ kind: "follow", channel, cursor }));
  }

  #joined(channel: string, cursor: Cursor | null): void {
    const followed = this.#channels.get(channel);
    if (followed === undefined || cursor === null) {
      return;
    }
    followed.cursor ??= cursor;
    const isSameLog = followed.cursor.epoch === cursor.epoch;
    if (!isSameLog || cursor.seq > followed.cursor.seq) {
      this.#fill(channel, followed, isSameLog ? cursor.seq : followed.cursor.seq + 1);
    }
  }

  #hear(notice: Notice): void {
    if (notice.kind === "state") {
      this.#state = notice;
      return;
    }
    if (!("channel" in notice)) {
      this.#tell(notice);
      return;
    }
    const followed = this.#channels.get(notice.channel);
    if (followed === undefined || !this.#isStarted) {
      return;
    }
    if (notice.kind === "event") {
      this.#hearEvent(notice, followed);
    } else {
      if (notice.kind === "reset") {
        this.#stopFilling(followed);
        followed.cursor = notice.cursor;
      } else if (notice.kind === "refused" || notice.kind === "unsubscribed") {
        this.#drop(notice.channel);
      }
      this.#tell(notice);
    }
  }

  #hearEvent(event: Event, followed: Followed): void {
    const seq = followed.cursor?.seq ?? event.seq - 1;
    if (followed.fillUntil !== null) {
      followed.fillUntil = Math.max(followed.fillUntil, event.seq);
    } else if (event.seq > seq + 1) {
      this.#fill(event.channel, followed, event.seq);
    } else if (event.seq === seq + 1) {
      this.#give(event, followed);
    }
  }

  #give(event: Event, followed: Followed): void {
    if (followed.cursor !== null) {
      followed.cursor = { epoch: followed.cursor.epoch, seq: event.seq };
    }
    this.#tell(event);
  }

  #fill(channel: string, followed: Followed, until: number): void {
    const isRunning = followed.fillUntil !== null;
    followed.fillUntil = Math.max(followed.fillUntil ?? 0, until);
    if (!isRunning) {
      followed.run += 1;
      void this.#fillOn(channel, followed, followed.run);
    }
  }

  async #fillOn(channel: string, followed: Followed, run: number): Promise<void> {
    const backoff = new Backoff(() => this.#surroundings.random());
    const isOver = (): boolean => run !== followed.run;
    while (!isOver() && followed.cursor !== null && followed.fillUntil !== null) {
      if (followed.cursor.seq >= followed.fillUntil) {
        followed.fillUntil = null;
        break;
      }
      try {
        const answer = await this.#surroundings.readLog(channel, followed.cursor, followed.fillUntil);
        if (!isOver()) {
          this.#takeAnswer(channel, followed, answer);
          backoff.reset();
        }
      } catch {
        await this.#surroundings.sleep(backoff.nextMs());
      }
    }
    this.#tellState();
  }

  #takeAnswer(channel: string, followed: Followed, answer: LogAnswer): void {
    if (answer.kind === "refused") {
      this.unfollow(channel);
      this.#tell({ kind: "refused", channel, code: answer.code, message: answer.message });
    } else if (answer.kind === "reset") {
      this.#stopFilling(followed);
      followed.cursor = answer.cursor;
      this.#tell({ kind: "reset", channel, cursor: answer.cursor, reason: answer.reason });
    } else {
      const before = followed.cursor?.seq ?? 0;
      answer.events.filter(({ seq }) => seq > before).forEach((event) => this.#give(event, followed));
      followed.cursor = answer.cursor;
      if (answer.cursor.seq <= before) {
        followed.fillUntil = null; // the log ends here: what was told of beyond is not there, or comes by itself
      }
    }
  }

  #stopFilling(followed: Followed): void {
    followed.run += 1;
    followed.fillUntil = null;
  }

  #drop(channel: string): boolean {
    const followed = this.#channels.get(channel);
    if (followed !== undefined) {
      this.#stopFilling(followed);
    }
    return this.#channels.delete(channel);
  }

  #count(): void {
    this.#taken += 1;
    if (this.#taken >= SEEN_EVERY) {
      this.#surroundings.post({ kind: "seen", count: this.#taken });
      this.#taken = 0;
    }
  }

  #tellState(): void {
    const isFilling = [...this.#channels.values()].some(({ fillUntil }) => fillUntil !== null);
    const { state, transport } = this.#state;
    const shown: StateChanged = { kind: "state", transport, state: isFilling && state === "live" ? "catching-up" : state };
    if (shown.state !== this.#told.state || shown.transport !== this.#told.transport) {
      this.#told = shown;
      this.#tell(shown);
    }
  }

  #tell(notice: Notice): void {
    this.#listener(notice);
  }
}
