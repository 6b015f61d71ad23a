// What has arrived and was not asked for yet: bounded, because who is too full says so.

import type { Followed } from "./events.ts";

/** A channel may not be followed (any longer), or the server does not let us in: trying again would fail again. */
export class FollowRefused extends Error {
  /** Null where it is about all of them. */
  readonly channel: string | null;
  /** Of the protocol's table; null where the server gave none. */
  readonly code: number | null;

  constructor(message: string, channel: string | null, code: number | null) {
    super(message);
    this.name = "FollowRefused";
    this.channel = channel;
    this.code = code;
  }
}

export class Inbox {
  readonly #maxWaiting: number;
  #waiting: Followed[] = [];
  #first = 0;
  #end: { readonly error: FollowRefused | null } | null = null;
  #wake: () => void = () => {};

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  get #size(): number {
    return this.#waiting.length - this.#first;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Whether no more should come for now. */
  get isFull(): boolean {
    return this.#size >= this.#maxWaiting;
  }

  /** Whether more may come again: not at the first free place, for coming back costs a connection. */
  get hasRoom(): boolean {
    return this.#size <= this.#maxWaiting / 2;
  }

  put(item: Followed): void {
    if (this.#end === null) {
      this.#waiting.push(item);
      this.#wake();
    }
  }

  /** Nothing more will come, because of `error` if there is one; what waits can still be taken. */
  end(error: FollowRefused | null): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The oldest; waits for it. Null at the end, or the end's error is thrown. */
  async take(): Promise<Followed | null> {
    while (this.#size === 0) {
      if (this.#end !== null) {
        if (this.#end.error !== null) {
          throw this.#end.error;
        }
        return null;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const item = this.#waiting[this.#first]!;
    this.#first += 1;
    if (this.#first * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first); // half of it at the least: each item is moved about once
      this.#first = 0;
    }
    return item;
  }
}
