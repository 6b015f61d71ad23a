// The client's side of the conversation, without I/O: bytes in, effects and notices out.
//
// It outlives connections: what is followed, and how far, stays, and each new connection resumes everything with one
// message. It never throws for what a server sends. Clock and chance are handed in.

import { Backoff } from "./backoff.ts";
import { decodeServerMessage, type Received } from "./codec.ts";
import { actionOf, Code } from "./codes.ts";
import type { Cursor } from "./cursors.ts";
import { Departure, SecondLine } from "./departure.ts";
import { DecodeError } from "./errors.ts";
import { Following } from "./following.ts";
import { Heartbeat, PROBE_MS } from "./heartbeat.ts";
import { Ladder, PATIENCE_MS, type Transport } from "./ladder.ts";
import { MAX_REF } from "./limits.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";
import type { Effect, LiveState, Notice } from "./notices.ts";
import { Subscription } from "./subscription.ts";
import { DEFAULT_HEARTBEAT_MS, FIRST_OWN_CODE, type ProtocolOptions, SETTLED_MS, STEP_MS } from "./terms.ts";

type Link = "idle" | "waiting" | "connecting" | "open" | "stopped";

export class Protocol {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #ladder: Ladder;
  readonly #departure: Departure;
  readonly #secondLine: SecondLine;
  readonly #following: Following;
  #out: (Effect | Notice)[] = [];
  #link: Link = "idle";
  /** When to connect (waiting), since when we try (connecting, and open while nothing was heard), since when we hear. */
  #linkAtMs = 0;
  #isHeard = false;
  #heartbeat = new Heartbeat(DEFAULT_HEARTBEAT_MS, 0);
  #retryAfterMs: number | null = null;
  #wasOpen = false;
  #state: LiveState = "connecting";
  #shownTransport: Transport;
  #lastRef = 0;
  #measured: { readonly ref: number; readonly atMs: number } | null = null;

  constructor({ now, random, transport = "socket", transports }: ProtocolOptions) {
    this.#now = now;
    this.#random = random;
    this.#backoff = new Backoff(random);
    this.#ladder = new Ladder(random, transport, transports);
    this.#departure = new Departure(random);
    this.#secondLine = new SecondLine(this.#ladder, this.#departure);
    this.#shownTransport = transport;
    this.#following = this.#makeFollowing();
  }

  get state(): LiveState {
    return this.#state;
  }

  /** How the line goes, or is about to be tried. */
  get transport(): Transport {
    return this.#ladder.transport;
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
        return this.#isHeard ? this.#openDeadlineMs : this.#linkAtMs + PATIENCE_MS;
      default:
        return null;
    }
  }

  /** What to do and what happened, oldest first; taken out by this call. */
  take(): (Effect | Notice)[] {
    const state = this.#currentState();
    const transport = this.#ladder.transport;
    if (state !== this.#state || transport !== this.#shownTransport) {
      this.#state = state;
      this.#shownTransport = transport;
      this.#out.push({ kind: "state", state, transport });
    }
    const taken = this.#out;
    this.#out = [];
    return taken;
  }

  // What the user asks for

  /** Follow a channel from a cursor, or so many events before now. A second call for the same channel is void. */
  follow(channel: string, cursor: Cursor | null, backEvents = 0): void {
    this.#following.add(new Subscription(channel, cursor, this.#random, backEvents));
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
    const mayConnect = this.#departure.atMs === null && this.#retryAfterMs === null;
    if (this.#link === "waiting" && mayConnect) {
      this.#connect();
    } else if (this.#link === "open") {
      this.#probe();
    }
  }

  /** Say something in passing in a channel: said to nobody if it is not followed at this moment. */
  signal(channel: string, name: string): void {
    if (this.#following.get(channel)?.phase === "following") {
      this.#send({ kind: "signal", channel, name });
    }
  }

  /** Ask how long an answer takes: told as `delay`, over a line that can be asked. */
  measure(): void {
    if (this.#link === "open" && this.transport === "socket") {
      this.#measured = { ref: this.#nextRef(), atMs: this.#now() };
      this.#send({ kind: "ping", ref: this.#measured.ref });
    }
  }

  // What the shell reports

  /** The socket stands: resume everything with one message. */
  opened(): void {
    if (this.#link !== "connecting") {
      return;
    }
    this.#link = "open";
    this.#following.subscribeDue();
  }

  /** One message from the server. */
  received(received: Received): void {
    if (this.#link !== "open") {
      return;
    }
    const nowMs = this.#now();
    if (!this.#isHeard) {
      this.#heardFirst(nowMs);
      this.#ladder.heard(nowMs);
    }
    this.#heartbeat.heard(nowMs);
    try {
      this.#handle(decodeServerMessage(received));
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
      this.#lost(code, false);
    }
  }

  /** Something came over the second line: it is the line now, and resumes everything. */
  probed(): void {
    const nowMs = this.#now();
    if (this.#secondLine.came(nowMs)) {
      this.#out.push({ kind: "switch" });
      this.#following.disconnected();
      this.#heardFirst(nowMs);
      this.#following.subscribeDue();
    }
  }

  /** The second line could not be had. */
  probeFailed(): void {
    this.#secondLine.failed(this.#now());
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
    } else if (this.#link === "connecting" || !this.#isHeard) {
      this.#drop();
    } else {
      this.#tickOpen(nowMs);
    }
  }

  // The link

  get #openDeadlineMs(): number {
    return Math.min(this.#heartbeat.deadlineMs, this.#following.deadlineMs, this.#secondLine.deadlineMs);
  }

  #tickOpen(nowMs: number): void {
    const step = this.#secondLine.check(nowMs);
    if (step !== null) {
      this.#out.push(step);
    }
    const wasAsked = this.#heartbeat.isWaiting;
    const pulse = this.#heartbeat.check(nowMs);
    if (pulse === "dead" || this.#following.isOverdue(nowMs)) {
      this.#drop(true);
      return;
    }
    if (pulse === "ask") {
      this.#ping(wasAsked ? PROBE_MS : undefined);
    }
    this.#following.subscribeDue();
  }

  #heardFirst(nowMs: number): void {
    this.#isHeard = true;
    this.#wasOpen = true;
    this.#linkAtMs = nowMs;
    this.#heartbeat = new Heartbeat(DEFAULT_HEARTBEAT_MS, nowMs);
  }

  #connect(): void {
    this.#link = "connecting";
    this.#isHeard = false;
    this.#linkAtMs = this.#now();
    this.#departure.over();
    this.#retryAfterMs = null;
    this.#out.push({ kind: "connect", transport: this.#ladder.transport });
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

  /** Our side gives the connection up: it never was one, is dead, or speaks nonsense. */
  #drop(isDead = false): void {
    this.#out.push({ kind: "disconnect" });
    this.#lost(0, isDead);
  }

  #hangUp(): void {
    if (this.#link === "open" || this.#link === "connecting") {
      this.#out.push({ kind: "disconnect" });
    }
    this.#ladder.left();
    this.#following.disconnected();
  }

  #lost(code: number, isDead: boolean): void {
    const nowMs = this.#now();
    if (this.#isHeard && nowMs - this.#linkAtMs >= SETTLED_MS) {
      this.#backoff.reset();
    }
    const isOwnWord = code >= FIRST_OWN_CODE;
    const isNextRung = !isOwnWord && this.#ladder.lost(nowMs, isDead);
    if (isOwnWord) {
      this.#ladder.left();
    }
    this.#following.disconnected();
    const action = actionOf(code);
    if (action === "give up") {
      this.#link = "stopped";
      return;
    }
    this.#link = "waiting";
    if (this.#departure.atMs !== null) {
      this.#linkAtMs = Math.max(this.#departure.atMs, nowMs);
    } else if (isNextRung) {
      this.#linkAtMs = nowMs + this.#random() * STEP_MS;
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
        this.#departure.told(this.#now() + message.afterMs);
        return;
      case "error":
        if (!this.#following.onError(message)) {
          this.#retryAfterMs = message.retryAfterMs;
        }
        return;
      case "pong":
        return this.#onPong(message.ref); // mostly, being heard was all that it was for
    }
  }

  #onPong(ref: number): void {
    if (ref === this.#measured?.ref) {
      this.#out.push({ kind: "delay", delayMs: this.#now() - this.#measured.atMs });
      this.#measured = null;
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
    if (this.#link === "open" && this.#isHeard) {
      return this.#following.hasCaughtUp ? "live" : "catching-up";
    }
    return this.#wasOpen || this.#backoff.attempts > 0 ? "offline" : "connecting";
  }

  #send(message: ClientMessage): void {
    if (this.#link === "open") {
      this.#out.push({ kind: "send", message });
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
