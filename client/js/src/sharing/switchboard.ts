// One line for all tabs of a browser: follows each channel once, whoever wants it, and hands on what comes.
//
// A tab that joins late, or was too slow, fills itself from the log: the line is never turned back for one of them.

import type { Cursor } from "../cursors.ts";
import type { Notice, StateChanged } from "../notices.ts";
import type { TabMessage, WorkerMessage } from "./messages.ts";

/** Notices on their way to a tab that takes none: a frozen tab must not fill the memory. */
export const MAX_UNSEEN_NOTICES = 256;
/** How long the line is kept when the last tab has gone: the next page of the same reader is about to come. */
export const LINGER_MS = 5000;

const READING = "reading";
const AWAY = "away";

/** What the board needs of a connection. */
export interface SharedConnection {
  cursor(channel: string): Cursor | null;
  follow(channel: string, cursor: Cursor | null): void;
  unfollow(channel: string): void;
  start(): void;
  suspend(): void;
  wake(): void;
  signal(channel: string, name: string): void;
  measure(): void;
}

export interface Tab {
  post(message: WorkerMessage): void;
}

export interface Surroundings {
  connect(listener: (notice: Notice) => void): SharedConnection;
  setTimer(callback: () => void, delayMs: number): number;
  clearTimer(timer: number): void;
}

interface Standing {
  readonly channels: Set<string>;
  /** Where it has said that somebody reads. */
  readonly reading: Set<string>;
  isActive: boolean;
  isReader: boolean;
  unseen: number;
}

export class Switchboard {
  readonly #surroundings: Surroundings;
  readonly #tabs = new Map<Tab, Standing>();
  #connection: SharedConnection;
  #state: StateChanged = { kind: "state", state: "connecting", transport: "socket" };
  #timer: number | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#connection = this.#connect();
  }

  take(tab: Tab, message: TabMessage): void {
    switch (message.kind) {
      case "follow":
        return this.#follow(tab, message.channel, message.cursor);
      case "unfollow":
        return this.#leave(tab, message.channel);
      case "start":
        return this.#start(tab, message.isReader);
      case "suspend":
        return this.#suspend(tab);
      case "wake":
        return this.#connection.wake();
      case "measure":
        return this.#connection.measure();
      case "signal":
        return this.#signal(tab, message.channel, message.name);
      case "seen":
        this.#standing(tab).unseen -= message.count;
        return;
      case "bye":
        this.#suspend(tab);
        this.#tabs.delete(tab);
    }
  }

  /** Whether any tab is read by somebody who wants to be counted. */
  get isRead(): boolean {
    return [...this.#tabs.values()].some(({ isActive, isReader }) => isActive && isReader);
  }

  #start(tab: Tab, isReader: boolean): void {
    const standing = this.#standing(tab);
    standing.isActive = true;
    standing.isReader = isReader;
    standing.unseen = 0;
    if (this.#timer !== null) {
      this.#surroundings.clearTimer(this.#timer);
      this.#timer = null;
    }
    this.#connection.start();
    this.#send(tab, { kind: "notice", notice: this.#state });
  }

  /** What the tab followed is left when another one begins, or the line ends: channels cost little, joining more. */
  #suspend(tab: Tab): void {
    const standing = this.#standing(tab);
    standing.isActive = false;
    [...standing.channels].forEach((channel) => this.#leave(tab, channel));
    if (![...this.#tabs.values()].some(({ isActive }) => isActive)) {
      this.#timer ??= this.#surroundings.setTimer(() => {
        this.#timer = null;
        this.#connection.suspend();
      }, LINGER_MS);
    }
  }

  #follow(tab: Tab, channel: string, cursor: Cursor | null): void {
    if (this.#state.state === "stopped" && this.#isFollowed()) {
      this.#renew();
    }
    const isFollowed = this.#followers(channel).length > 0;
    const known = isFollowed ? this.#connection.cursor(channel) : null;
    if (known === null) {
      this.#connection.unfollow(channel); // nobody, or without knowing from where: the tab knows
      this.#connection.follow(channel, cursor);
    }
    this.#standing(tab).channels.add(channel);
    this.#send(tab, { kind: "joined", channel, cursor: known ?? cursor });
  }

  #leave(tab: Tab, channel: string): void {
    const standing = this.#standing(tab);
    if (!standing.channels.delete(channel)) {
      return;
    }
    const wasReading = standing.reading.delete(channel);
    if (this.#followers(channel).length === 0) {
      this.#connection.unfollow(channel);
    } else if (wasReading && !this.#isReadIn(channel)) {
      this.#connection.signal(channel, AWAY);
    }
  }

  /** One connection is one reader: nobody is away as long as another tab is read. */
  #signal(tab: Tab, channel: string, name: string): void {
    const { reading } = this.#standing(tab);
    if (name === READING) {
      reading.add(channel);
    } else if (name === AWAY) {
      reading.delete(channel);
    }
    if (name !== AWAY || !this.#isReadIn(channel)) {
      this.#connection.signal(channel, name);
    }
  }

  #isReadIn(channel: string): boolean {
    return [...this.#tabs.values()].some(({ reading }) => reading.has(channel));
  }

  /** The line was refused for good, as it was with an older sign-in: somebody new may ask once more for all. */
  #renew(): void {
    const old = this.#connection;
    const channels = new Set([...this.#tabs.values()].flatMap((standing) => [...standing.channels]));
    this.#connection = this.#connect();
    channels.forEach((channel) => this.#connection.follow(channel, old.cursor(channel)));
    old.suspend();
    this.#connection.start();
  }

  #connect(): SharedConnection {
    const connection: SharedConnection = this.#surroundings.connect((notice) => {
      if (connection === this.#connection) {
        this.#hear(notice);
      }
    });
    return connection;
  }

  #hear(notice: Notice): void {
    if (notice.kind === "state") {
      this.#state = notice;
      this.#tabs.forEach((_, tab) => this.#tell(tab, notice));
      return;
    }
    if (!("channel" in notice)) {
      this.#tabs.forEach((_, tab) => this.#tell(tab, notice));
      return;
    }
    for (const tab of this.#followers(notice.channel)) {
      if (notice.kind === "refused" || notice.kind === "unsubscribed") {
        this.#standing(tab).channels.delete(notice.channel);
      }
      this.#tell(tab, notice);
    }
  }

  #tell(tab: Tab, notice: Notice): void {
    const standing = this.#standing(tab);
    if (!standing.isActive) {
      return;
    }
    standing.unseen += 1;
    if (standing.unseen > MAX_UNSEEN_NOTICES) {
      this.#suspend(tab);
      this.#send(tab, { kind: "lost" });
    } else {
      this.#send(tab, { kind: "notice", notice });
    }
  }

  #send(tab: Tab, message: WorkerMessage): void {
    tab.post(message);
  }

  #isFollowed(): boolean {
    return [...this.#tabs.values()].some(({ channels }) => channels.size > 0);
  }

  #followers(channel: string): Tab[] {
    return [...this.#tabs].filter(([, { channels }]) => channels.has(channel)).map(([tab]) => tab);
  }

  #standing(tab: Tab): Standing {
    const known = this.#tabs.get(tab);
    if (known !== undefined) {
      return known;
    }
    const standing: Standing = {
      channels: new Set(),
      reading: new Set(),
      isActive: false,
      isReader: false,
      unseen: 0,
    };
    this.#tabs.set(tab, standing);
    return standing;
  }
}
