// What stands in for a WebSocket where none can be had: server-sent events, and long poll.

import type { Socket, SocketEvents } from "./connection.ts";
import type { ClientMessage } from "./messages.ts";
import { Question } from "./question.ts";

/** The code of a line that broke without a word (RFC 6455 section 7.4.1). */
const BROKEN = 1006;
/** Shorter than the silence after which the line is asked whether it lives. */
const MAX_WAIT_MS = 20_000;
const WAIT_SHARE = 0.8;
const SIGN_OF_LIFE = ["pong", 0];

interface SourceEvent {
  readonly data: string;
  readonly lastEventId: string;
}

/** The part of `EventSource` that is used, and what makes one. */
export interface Source {
  addEventListener(kind: "message" | "close", listener: (event: SourceEvent) => void): void;
  addEventListener(kind: "error", listener: () => void): void;
  close(): void;
}

export type OpenSource = (address: string) => Source;

/** One stream after the other, each asking for all that is followed then. */
export class EventStream implements Socket {
  readonly #question: Question;
  readonly #events: SocketEvents;
  readonly #openSource: OpenSource;
  readonly #more: Readonly<Record<string, number>>;
  #source: Source | null = null;
  #isClosed = false;

  /** `more`: further fields of each question. */
  constructor(
    path: string,
    events: SocketEvents,
    openSource: OpenSource,
    more: Readonly<Record<string, number>> = {},
  ) {
    this.#more = more;
    this.#question = new Question(`${path}/events`);
    this.#events = events;
    this.#openSource = openSource;
    queueMicrotask(() => !this.#isClosed && events.opened());
  }

  send(message: ClientMessage): void {
    if (this.#question.take(message)) {
      this.#source?.close();
      this.#listen();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#source?.close();
  }

  #listen(): void {
    const source = (this.#source = this.#openSource(this.#question.address(this.#more)));
    source.addEventListener("message", ({ data, lastEventId }) => {
      this.#question.came(lastEventId);
      this.#events.received(data);
    });
    source.addEventListener("close", ({ data }) => this.#end(codeOf(data)));
    source.addEventListener("error", () => this.#end(BROKEN)); // else it tries again by itself, not in our time
  }

  #end(code: number): void {
    if (!this.#isClosed) {
      this.close();
      this.#events.closed(code);
    }
  }
}

interface Answer {
  readonly messages: readonly unknown[][];
  readonly since: string;
  readonly close?: readonly [code: number, reason: string];
}

/** One request after the other; the first does not wait, so that we know where we are. */
export class LongPoll implements Socket {
  readonly #question: Question;
  readonly #events: SocketEvents;
  readonly #headers: Readonly<Record<string, string>>;
  #request: AbortController | null = null;
  #waitMs = MAX_WAIT_MS;
  #isClosed = false;

  /** `headers`: of each request. */
  constructor(path: string, events: SocketEvents, headers: Readonly<Record<string, string>> = {}) {
    this.#headers = headers;
    this.#question = new Question(`${path}/poll`);
    this.#events = events;
    queueMicrotask(() => !this.#isClosed && events.opened());
  }

  send(message: ClientMessage): void {
    if (this.#question.take(message)) {
      this.#request?.abort();
      void this.#ask();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#request?.abort();
  }

  async #ask(): Promise<void> {
    const request = (this.#request = new AbortController());
    const isCurrent = (): boolean => this.#request === request && !this.#isClosed;
    let waitMs = 0;
    try {
      while (isCurrent()) {
        const response = await fetch(this.#question.address({ wait_ms: waitMs }), {
          signal: request.signal,
          cache: "no-store",
          headers: this.#headers,
        });
        const answer: unknown = await response.json();
        if (isCurrent()) {
          this.#take(response.ok, answer);
        }
        waitMs = this.#waitMs;
      }
    } catch {
      if (isCurrent()) {
        this.#end(BROKEN);
      }
    }
  }

  #take(isOk: boolean, answer: unknown): void {
    if (!isOk) {
      const { code, title, retry_after_ms } = answer as { code: number; title: string; retry_after_ms?: number };
      this.#events.received(["error", null, code, title, retry_after_ms ?? null]);
      this.#end(code);
      return;
    }
    const { messages, since, close } = answer as Answer;
    this.#question.came(since);
    for (const message of messages.length > 0 ? messages : [SIGN_OF_LIFE]) {
      if (message[0] === "hello") {
        this.#learn(message[1]);
      }
      if (!this.#isClosed) {
        this.#events.received(message);
      }
    }
    if (close !== undefined) {
      this.#end(close[0]);
    }
  }

  #learn(hello: unknown): void {
    const heartbeatMs = Number((hello as Record<string, unknown> | undefined)?.["heartbeat_ms"]);
    if (heartbeatMs > 0) {
      this.#waitMs = Math.min(MAX_WAIT_MS, Math.round(heartbeatMs * WAIT_SHARE));
    }
  }

  #end(code: number): void {
    if (!this.#isClosed) {
      this.close();
      this.#events.closed(Number.isInteger(code) ? code : BROKEN);
    }
  }
}

function codeOf(data: string): number {
  const [code] = JSON.parse(data) as [number];
  return code;
}
