// The client's side of the conversation, without I/O: bytes in, effects and notices out.
//
// It outlives connections: what is followed, and how far, stays, and each new connection resumes everything with one
// message. It never throws for what a server sends. Clock and chance are handed in.

import { Backoff } from "./backoff.ts";
import { decodeServerMessage, encodeClientMessage } from "./codec.ts";
import { actionOf, Code } from "./codes.ts";
import type { Cursor } from "./cursors.ts";
import { DecodeError } from "./errors.ts";
import { Following } from "./following.ts";
import { Heartbeat, PROBE_MS } from "./heartbeat.ts";
import { MAX_REF } from "./limits.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";
import type { Effect, LiveState, Notice } from "./notices.ts";
import { Subscription } from "./subscription.ts";

/** Time for a handshake. */
const PATIENCE_MS = 20_000;
const DEFAULT_HEARTBEAT_MS = 25_000;
/** A connection that lasted this long was a good one: the next loss starts a new count of tries. */
const SETTLED_MS = 10_000;

type Link = "idle" | "waiting" | "connecting" | "open" | "stopped";

export interface ProtocolOptions {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Evenly from 0 to 1. */
  readonly random: () => number;
}

export class Protocol {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #following: Following;
  #out: (Effect | Notice)[] = [];
  #link: Link = "idle";
  /** When to connect (waiting), since when we try (connecting), since when the line is open (open). */
  #linkAtMs = 0;
  #heartbeat = new Heartbeat(DEFAULT_HEARTBEAT_MS, 0);
  #comeBackAtMs: number | null = null;
  #retryAfterMs: number | null = null;
  #wasOpen = false;
  #state: LiveState = "connecting";
  #lastRef = 0;

  constructor({ now, random }: ProtocolOptions) {
    this.#now = now;
    this.#random = random;
    this.#backoff = new Backoff(random);
    this.#following = this.#makeFollowing();
  }

  get state(): LiveState {
    return this.#state;
  }

  /** How far a channel was received; null if it is not followed or nothing is known yet. */
  cursor(channel: string): Cursor | null {
    return this.#following.get(channel)?.cursor ?? null;
  }

  /** When `tick` has something to do; null: only after something else happened. */
  get deadlineMs(): number | null {
    switch (this.#link) {
      case "waiting":
        return this.#linkAtMs;
      case "connecting":
        return this.#linkAtMs + PATIENCE_MS;
      case "open":
        return Math.min(this.#heartbeat.deadlineMs, this.#comeBackAtMs ?? Infinity, this.#following.deadlineMs);
      default:
        return null;
    }
  }

  /** What to do and what happened, oldest first; taken out by this call. */
  take(): (Effect | Notice)[] {
    const state = this.#currentState();
    if (state !== this.#state) {
      this.#state = state;
      this.#out.push({ kind: "state", state });
    }
    const taken = this.#out;
    this.#out = [];
    return taken;
  }

  // What the user asks for

  /** Follow a channel from a cursor, or from now (null). A second call for the same channel is void. */
  follow(channel: string, cursor: Cursor | null): void {
    this.#following.add(new Subscription(channel, cursor, this.#random));
  }

  unfollow(channel: string): void {
    this.#following.remove(channel);
  }

  /** Begin, or begin again after `suspend`. */
  start(): void {
    if (this.#link === "idle") {
      this.#connect();
    }
  }

  /** Hang up and make no further try until `start`; cursors stay. */
  suspend(): void {
    if (this.#link !== "stopped") {
      this.#hangUp();
      this.#link = "idle";
    }
  }

  /** Something hints that the world has changed (page shown, network back, machine awake): look at once. */
  wake(): void {
    const mayConnect = this.#comeBackAtMs === null && this.#retryAfterMs === null;
    if (this.#link === "waiting" && mayConnect) {
      this.#connect();
    } else if (this.#link === "open") {
      this.#probe();
    }
  }

  // What the shell reports

  /** The socket stands: resume everything with one message. */
  opened(): void {
    if (this.#link !== "connecting") {
      return;
    }
    this.#link = "open";
    this.#linkAtMs = this.#now();
    this.#wasOpen = true;
    this.#heartbeat = new Heartbeat(DEFAULT_HEARTBEAT_MS, this.#linkAtMs);
    this.#following.subscribeDue();
  }

  /** One binary message from the server. */
  received(bytes: Uint8Array): void {
    if (this.#link !== "open") {
      return;
    }
    this.#heartbeat.heard(this.#now());
    try {
      this.#handle(decodeServerMessage(bytes));
    } catch (error) {
      if (!(error instanceof DecodeError)) {
        throw error;
      }
      if (error.code !== Code.UNKNOWN_KIND) {
        this.#drop();
      }
    }
  }

  /** The socket is gone, or could not be made; `code` as the close frame gave it (1006: none). */
  closed(code: number): void {
    if (this.#link === "connecting" || this.#link === "open") {
      this.#lost(code);
    }
  }

  /** To be called at `deadlineMs`; earlier or later does no harm. */
  tick(): void {
    const nowMs = this.#now();
    const deadlineMs = this.deadlineMs;
    if (deadlineMs === null || nowMs < deadlineMs) {
      return;
    }
    if (this.#link === "waiting") {
      this.#connect();
    } else if (this.#link === "connecting") {
      this.#drop();
    } else {
      this.#tickOpen(nowMs);
    }
  }

  // The link

  #tickOpen(nowMs: number): void {
    if (this.#comeBackAtMs !== null && nowMs >= this.#comeBackAtMs) {
      this.#hangUp();
      this.#connect();
      return;
    }
    const wasAsked = this.#heartbeat.isWaiting;
    const pulse = this.#heartbeat.check(nowMs);
    if (pulse === "dead" || this.#following.isOverdue(nowMs)) {
      this.#drop();
      return;
    }
    if (pulse === "ask") {
      this.#ping(wasAsked ? PROBE_MS : undefined);
    }
    this.#following.subscribeDue();
  }

  #connect(): void {
    this.#link = "connecting";
    this.#linkAtMs = this.#now();
    this.#comeBackAtMs = null;
    this.#retryAfterMs = null;
    this.#out.push({ kind: "connect" });
  }

  #ping(graceMs?: number): void {
    this.#heartbeat.asked(this.#now(), graceMs);
    this.#send({ kind: "ping", ref: this.#nextRef() });
  }

  /** Ask whether the line lives, unless an answer is due soon anyway. */
  #probe(): void {
    const leftMs = this.#heartbeat.deadlineMs - this.#now();
    if (!this.#heartbeat.isWaiting || leftMs <= 0 || leftMs > PROBE_MS) {
      this.#ping(PROBE_MS);
    }
  }

  /** Our side gives the connection up: it is dead, or speaks nonsense. */
  #drop(): void {
    this.#out.push({ kind: "disconnect" });
    this.#lost(0);
  }

  #hangUp(): void {
    if (this.#link === "open" || this.#link === "connecting") {
      this.#out.push({ kind: "disconnect" });
    }
    this.#following.disconnected();
  }

  #lost(code: number): void {
    const nowMs = this.#now();
    if (this.#link === "open" && nowMs - this.#linkAtMs >= SETTLED_MS) {
      this.#backoff.reset();
    }
    this.#following.disconnected();
    const action = actionOf(code);
    if (action === "give up") {
      this.#link = "stopped";
      return;
    }
    this.#link = "waiting";
    if (this.#comeBackAtMs !== null) {
      this.#linkAtMs = Math.max(this.#comeBackAtMs, nowMs);
    } else if (action === "correct") {
      this.#linkAtMs = nowMs + this.#backoff.longestMs();
    } else {
      this.#linkAtMs = nowMs + this.#backoff.nextMs(this.#retryAfterMs);
    }
  }

  // What the server says

  #handle(message: ServerMessage): void {
    switch (message.kind) {
      case "event":
        return this.#following.onEvent(message);
      case "signal":
        return this.#following.onSignal(message);
      case "subscribed":
        return this.#following.onSubscribed(message);
      case "reset":
        return this.#following.onReset(message);
      case "unsubscribed":
        return this.#following.onUnsubscribed(message);
      case "hello":
        return this.#setHeartbeat(message.data["heartbeat_ms"]);
      case "drain":
        this.#comeBackAtMs = this.#now() + message.afterMs;
        return;
      case "error":
        if (!this.#following.onError(message)) {
          this.#retryAfterMs = message.retryAfterMs;
        }
        return;
      case "pong":
        return; // being heard was all that it was for
    }
  }

  #setHeartbeat(intervalMs: unknown): void {
    if (typeof intervalMs === "number" && intervalMs >= 50 && intervalMs <= 600_000) {
      this.#heartbeat = new Heartbeat(intervalMs, this.#now());
    }
  }

  // What follows from it

  #currentState(): LiveState {
    if (this.#link === "stopped" || this.#following.isEmpty) {
      return "stopped";
    }
    if (this.#link === "open") {
      return this.#following.hasCaughtUp ? "live" : "catching-up";
    }
    return this.#wasOpen || this.#backoff.attempts > 0 ? "offline" : "connecting";
  }

  #send(message: ClientMessage): void {
    if (this.#link === "open") {
      this.#out.push({ kind: "send", bytes: encodeClientMessage(message) });
    }
  }

  #nextRef(): number {
    this.#lastRef = (this.#lastRef % MAX_REF) + 1;
    return this.#lastRef;
  }

  #makeFollowing(): Following {
    const protocol = this;
    return new Following({
      get isOpen() {
        return protocol.#link === "open";
      },
      get nowMs() {
        return protocol.#now();
      },
      nextRef: () => this.#nextRef(),
      send: (message) => this.#send(message),
      tell: (notice) => this.#out.push(notice),
    });
  }
}
