// The shell around the protocol: one WebSocket after the other, and the timer that wakes it.

import type { Effect, Notice } from "./notices.ts";
import type { Cursor } from "./cursors.ts";
import { Protocol } from "./protocol.ts";

/** A timer that fires later than this tells of sleep: what stood before may be dead without knowing. */
const JUMP_MS = 3000;
/** The longest time that a timer of the browser holds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What happens to a socket; after `close` of ours nothing more is heard of it. */
export interface SocketEvents {
  opened(): void;
  received(bytes: Uint8Array): void;
  closed(code: number): void;
}

export interface Socket {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** All that is not ours: sockets, time, chance. */
export interface Surroundings {
  openSocket(events: SocketEvents): Socket;
  nowMs(): number;
  random(): number;
  setTimer(callback: () => void, delayMs: number): number;
  clearTimer(timer: number): void;
  reportError(error: unknown): void;
}

export class Connection {
  readonly #surroundings: Surroundings;
  readonly #protocol: Protocol;
  readonly #listener: (notice: Notice) => void;
  #socket: Socket | null = null;
  #timer: number | null = null;

  constructor(surroundings: Surroundings, listener: (notice: Notice) => void) {
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#protocol = new Protocol({ now: () => surroundings.nowMs(), random: () => surroundings.random() });
  }

  follow(channel: string, cursor: Cursor | null): void {
    this.#protocol.follow(channel, cursor);
    this.#act();
  }

  unfollow(channel: string): void {
    this.#protocol.unfollow(channel);
    this.#act();
  }

  start(): void {
    this.#protocol.start();
    this.#act();
  }

  /** Hang up until `start`: a page that is put aside keeps no socket. */
  suspend(): void {
    this.#protocol.suspend();
    this.#act();
  }

  /** Look at once whether the line lives, or connect at once. */
  wake(): void {
    this.#protocol.wake();
    this.#act();
  }

  /** Carry out and pass on all that the protocol has to say, then set the timer for what comes next. */
  #act(): void {
    for (let outputs = this.#protocol.take(); outputs.length > 0; outputs = this.#protocol.take()) {
      for (const output of outputs) {
        this.#carryOut(output);
      }
    }
    this.#setTimer();
  }

  #carryOut(output: Effect | Notice): void {
    switch (output.kind) {
      case "connect":
        this.#connect();
        break;
      case "disconnect":
        this.#socket?.close();
        this.#socket = null;
        break;
      case "send":
        this.#socket?.send(output.bytes);
        break;
      default:
        this.#tell(output);
    }
  }

  /** A listener that fails must not make later events disappear. */
  #tell(notice: Notice): void {
    try {
      this.#listener(notice);
    } catch (error) {
      this.#surroundings.reportError(error);
    }
  }

  #connect(): void {
    const isCurrent = (): boolean => this.#socket === socket;
    const socket = this.#surroundings.openSocket({
      opened: () => {
        if (isCurrent()) {
          this.#protocol.opened();
          this.#act();
        }
      },
      received: (bytes) => {
        if (isCurrent()) {
          this.#protocol.received(bytes);
          this.#act();
        }
      },
      closed: (code) => {
        if (isCurrent()) {
          this.#socket = null;
          this.#protocol.closed(code);
          this.#act();
        }
      },
    });
    this.#socket = socket;
  }

  #setTimer(): void {
    if (this.#timer !== null) {
      this.#surroundings.clearTimer(this.#timer);
      this.#timer = null;
    }
    const deadlineMs = this.#protocol.deadlineMs;
    if (deadlineMs !== null && deadlineMs !== Infinity) {
      const delayMs = Math.min(MAX_TIMER_MS, Math.max(0, deadlineMs - this.#surroundings.nowMs()));
      this.#timer = this.#surroundings.setTimer(() => this.#onTimer(deadlineMs), delayMs);
    }
  }

  #onTimer(deadlineMs: number): void {
    this.#timer = null;
    if (this.#surroundings.nowMs() > deadlineMs + JUMP_MS) {
      this.#protocol.wake();
    }
    this.#protocol.tick();
    this.#act();
  }
}
