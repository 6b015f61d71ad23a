// The channels that a client follows, over any number of connections: who is asked for, how far each has come.

import { Code, actionOf } from "./codes.ts";
import { MAX_SUBSCRIPTIONS_PER_CONNECTION, MAX_SUBSCRIPTIONS_PER_MESSAGE } from "./limits.ts";
import type {
  Accepted,
  ErrorMessage,
  Event,
  Refused,
  Reset,
  Signal,
  Subscribe,
  Subscribed,
  Unsubscribe,
  Unsubscribed,
} from "./messages.ts";
import type { ChannelNotice } from "./notices.ts";
import { Subscription } from "./subscription.ts";

/** Time for the answer to a `subscribe`. */
const PATIENCE_MS = 20_000;

/** What `Following` needs of the connection that it speaks over. */
export interface Line {
  readonly isOpen: boolean;
  readonly nowMs: number;
  nextRef(): number;
  send(message: Subscribe | Unsubscribe): void;
  tell(notice: ChannelNotice): void;
}

export class Following {
  readonly #line: Line;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(line: Line) {
    this.#line = line;
  }

  get isEmpty(): boolean {
    return this.#subscriptions.size === 0;
  }

  get hasCaughtUp(): boolean {
    return this.#all().every((subscription) => subscription.hasCaughtUp);
  }

  /** When a try falls due, or an answer is overdue. */
  get deadlineMs(): number {
    const open = this.#all().filter((subscription) => subscription.phase !== "following");
    return Math.min(Infinity, ...open.map((subscription) => subscription.retryAtMs));
  }

  get(channel: string): Subscription | undefined {
    return this.#subscriptions.get(channel);
  }

  add(subscription: Subscription): void {
    if (this.#subscriptions.has(subscription.channel)) {
      return;
    }
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS_PER_CONNECTION) {
      throw new RangeError(`One connection follows up to ${MAX_SUBSCRIPTIONS_PER_CONNECTION} channels.`);
    }
    this.#subscriptions.set(subscription.channel, subscription);
    this.subscribeDue();
  }

  remove(channel: string): void {
    const subscription = this.#subscriptions.get(channel);
    if (subscription !== undefined && this.#subscriptions.delete(channel) && subscription.phase !== "waiting") {
      this.#unsubscribe(channel);
    }
  }

  /** The connection is gone: everything waits for the next. */
  disconnected(): void {
    for (const subscription of this.#all()) {
      subscription.wait(0);
    }
  }

  /** Whether the server owes an answer for too long. */
  isOverdue(nowMs: number): boolean {
    return this.#all().some((subscription) => subscription.phase === "asked" && nowMs >= subscription.retryAtMs);
  }

  /** One `subscribe` for all that is due. */
  subscribeDue(): void {
    if (!this.#line.isOpen) {
      return;
    }
    const nowMs = this.#line.nowMs;
    const due = this.#all().filter(({ phase, retryAtMs }) => phase === "waiting" && retryAtMs <= nowMs);
    for (let first = 0; first < due.length; first += MAX_SUBSCRIPTIONS_PER_MESSAGE) {
      const some = due.slice(first, first + MAX_SUBSCRIPTIONS_PER_MESSAGE);
      const ref = this.#line.nextRef();
      for (const subscription of some) {
        subscription.asked(ref, nowMs + PATIENCE_MS);
      }
      this.#line.send({ kind: "subscribe", ref, items: some.map(({ channel, cursor }) => [channel, cursor] as const) });
    }
  }

  onSubscribed(message: Subscribed): void {
    for (const item of message.items) {
      const subscription = this.#subscriptions.get(item.channel);
      if (subscription === undefined || subscription.phase !== "asked" || subscription.ref !== message.ref) {
        continue; // an answer to a question that is no longer asked
      }
      if ("code" in item) {
        this.#onRefused(subscription, item);
      } else {
        this.#onAccepted(subscription, item);
      }
    }
  }

  onEvent(event: Event): void {
    const subscription = this.#subscriptions.get(event.channel);
    if (subscription === undefined || subscription.phase !== "following") {
      return; // left over from a subscription that was given up
    }
    const place = subscription.place(event.seq);
    if (place === "next") {
      subscription.advance();
      this.#line.tell(event);
    } else if (place === "gap") {
      this.#subscribeAgain(subscription);
    }
  }

  onSignal(signal: Signal): void {
    if (this.#subscriptions.has(signal.channel)) {
      this.#line.tell(signal);
    }
  }

  onReset(reset: Reset): void {
    const subscription = this.#subscriptions.get(reset.channel);
    if (subscription !== undefined && subscription.phase !== "waiting" && subscription.reset(reset.cursor)) {
      this.#line.tell(reset);
    }
  }

  /** `asked` answers our own `unsubscribe`; any other reason ends the matter. */
  onUnsubscribed(message: Unsubscribed): void {
    if (message.reason !== "asked" && this.#subscriptions.get(message.channel)?.phase === "following") {
      this.#subscriptions.delete(message.channel);
      this.#line.tell(message);
    }
  }

  /** False if the error is about none of our questions. */
  onError(error: ErrorMessage): boolean {
    const asked = this.#all().filter(({ phase, ref }) => phase === "asked" && ref === error.ref);
    for (const subscription of asked) {
      this.#onRefused(subscription, error);
    }
    return asked.length > 0;
  }

  #onAccepted(subscription: Subscription, item: Accepted): void {
    if (subscription.accepted(item.cursor, item.head)) {
      this.#line.tell({ kind: "reset", channel: item.channel, cursor: item.cursor, reason: "moved" });
    } else if (subscription.goBack()) {
      this.#unsubscribe(subscription.channel);
      subscription.wait(0);
      this.subscribeDue();
    }
  }

  #onRefused(subscription: Subscription, { code, message, retryAfterMs }: Omit<Refused, "channel">): void {
    const action = actionOf(code);
    if (code === Code.ALREADY_SUBSCRIBED) {
      this.#subscribeAgain(subscription);
    } else if (action === "retry" || action === "resubscribe") {
      subscription.wait(this.#line.nowMs + subscription.backoff.nextMs(retryAfterMs));
    } else {
      this.#subscriptions.delete(subscription.channel);
      this.#line.tell({ kind: "refused", channel: subscription.channel, code, message });
    }
  }

  /** From our cursor: at once the first time, then ever later, so that a broken server is not asked in a loop. */
  #subscribeAgain(subscription: Subscription): void {
    const isFirst = subscription.backoff.attempts === 0;
    const delayMs = subscription.backoff.nextMs();
    this.#unsubscribe(subscription.channel);
    subscription.wait(this.#line.nowMs + (isFirst ? 0 : delayMs));
    this.subscribeDue();
  }

  #unsubscribe(channel: string): void {
    this.#line.send({ kind: "unsubscribe", ref: this.#line.nextRef(), channels: [channel] });
  }

  #all(): Subscription[] {
    return [...this.#subscriptions.values()];
  }
}
