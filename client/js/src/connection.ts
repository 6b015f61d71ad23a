// The shell around the protocol: one line after the other, sometimes a second one to try, and the timer that wakes it.

import type { Received } from "./codec.ts";
import type { Cursor } from "./cursors.ts";
import type { Transport } from "./ladder.ts";
import type { ClientMessage } from "./messages.ts";
import type { Effect, Notice } from "./notices.ts";
import { Protocol } from "./protocol.ts";

/** A timer that fires later than this tells of sleep: what stood before may be dead without knowing. */
const JUMP_MS = 3000;
/** The longest time that a timer of the browser holds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Asked over a line that is only tried: each transport answers it with something. */
const ANYBODY_THERE: ClientMessage = { kind: "ping", ref: 0 };

/** What happens to a socket, never inside a call of ours; after `close` of ours nothing more is heard of it. */
export interface SocketEvents {
  opened(): void;
  received(received: Received): void;
  closed(code: number): void;
}

/** A WebSocket, or what stands in for one. */
export interface Socket {
  send(message: ClientMessage): void;
  close(): void;
}

/** All that is not ours: sockets, time, chance. */
export interface Surroundings {
  openSocket(transport: Transport, events: SocketEvents): Socket;
  /** What worked last, which is tried first; and what works now. */
  readonly lastTransport: Transport;
  /** Those that there are here; all of them if it does not say. */
  readonly transports?: readonly Transport[];
  remember(transport: Transport): void;
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
  #probe: Socket | null = null;
  #timer: number | null = null;
  #isPaused = false;

  constructor(surroundings: Surroundings, listener: (notice: Notice) => void) {
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#protocol = new Protocol({
      now: () => surroundings.nowMs(),
      random: () => surroundings.random(),
      transport: surroundings.lastTransport,
      transports: surroundings.transports,
    });
  }

  get transport(): Transport {
    return this.#protocol.transport;
  }

  /** How far a channel was received; null if it is not followed or nothing is known yet. */
  cursor(channel: string): Cursor | null {
    return this.#protocol.cursor(channel);
  }

  /** From a cursor, or so many events before now. */
  follow(channel: string, cursor: Cursor | null, backEvents = 0): void {
    this.#protocol.follow(channel, cursor, backEvents);
    this.#act();
  }

  unfollow(channel: string): void {
    this.#protocol.unfollow(channel);
    this.#act();
  }

  /** Begin, or begin again after `suspend`; not while it is paused. */
  start(): void {
    if (!this.#isPaused) {
      this.#protocol.start();
      this.#act();
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
    this.#protocol.signal(channel, name);
    this.#act();
  }

  /** Ask how long an answer takes; told as `delay`, if the line can be asked. */
  measure(): void {
    this.#protocol.measure();
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
        this.#connect(output.transport);
        break;
      case "disconnect":
        this.#hangUp();
        break;
      case "send":
        this.#socket?.send(output.message);
        break;
      case "probe":
        this.#try(output.transport);
        break;
      case "drop-probe":
        this.#dropProbe();
        break;
      case "switch":
        this.#socket?.close();
        this.#socket = this.#probe;
        this.#probe = null;
        break;
      default:
        this.#tell(output);
    }
  }

  /** A listener that fails must not make later events disappear. */
  #tell(notice: Notice): void {
    if (notice.kind === "state" && notice.state === "live") {
      this.#surroundings.remember(notice.transport);
    }
    try {
      this.#listener(notice);
    } catch (error) {
      this.#surroundings.reportError(error);
    }
  }

  #connect(transport: Transport): void {
    const socket = this.#surroundings.openSocket(transport, this.#eventsOf(() => socket));
    this.#socket = socket;
  }

  /** A second line: anything that comes over it is a sign that it works, and belongs to the protocol already. */
  #try(transport: Transport): void {
    const events = this.#eventsOf(() => probe);
    const isProbe = (): boolean => this.#probe === probe;
    const probe = this.#surroundings.openSocket(transport, {
      opened: () => isProbe() && probe.send(ANYBODY_THERE),
      received: (received) => {
        if (isProbe()) {
          this.#protocol.probed();
          this.#act();
        }
        events.received(received);
      },
      closed: (code) => {
        if (isProbe()) {
          this.#probe = null;
          this.#protocol.probeFailed();
          this.#act();
        }
        events.closed(code);
      },
    });
    this.#probe = probe;
  }

  /** What the line says, as long as it is the line. */
  #eventsOf(socket: () => Socket): SocketEvents {
    const on = (happen: () => void): void => {
      if (this.#socket !== null && this.#socket === socket()) {
        happen();
        this.#act();
      }
    };
    return {
      opened: () => on(() => this.#protocol.opened()),
      received: (received) => on(() => this.#protocol.received(received)),
      closed: (code) =>
        on(() => {
          this.#socket = null;
          this.#dropProbe();
          this.#protocol.closed(code);
        }),
    };
  }

  #hangUp(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#dropProbe();
  }

  #dropProbe(): void {
    this.#probe?.close();
    this.#probe = null;
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
