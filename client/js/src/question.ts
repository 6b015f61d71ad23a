// What is followed over a transport that cannot send: the address that asks for it.

import { formatCursor } from "./cursors.ts";
import type { ClientMessage } from "./messages.ts";

/** Kept up with what came, so that asking anew goes on where the last answer ended. */
export class Question {
  readonly #path: string;
  readonly #cursors = new Map<string, string | null>();
  #ref = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Take what would be sent to a WebSocket. True if it has to be asked now. */
  take(message: ClientMessage): boolean {
    switch (message.kind) {
      case "subscribe":
        this.#ref = message.ref;
        message.items.forEach(([channel, cursor]) => this.#cursors.set(channel, cursor && formatCursor(cursor)));
        return true;
      case "unsubscribe":
        message.channels.forEach((channel) => this.#cursors.delete(channel));
        return false; // what still comes is passed over by whoever no longer wants it
      case "ping":
        return true; // a fresh answer is the only sign of life that can be asked for
      case "signal":
        return false; // there is no way to send one
    }
  }

  /** The cursors behind what came, as the server wrote them: `thread:17=EPOCH.SEQ,...`. */
  came(cursors: string): void {
    for (const item of cursors.split(",")) {
      const [channel, cursor] = item.split("=") as [string, string?];
      if (cursor !== undefined && this.#cursors.has(channel)) {
        this.#cursors.set(channel, cursor);
      }
    }
  }

  /** The address, with further fields of the query. */
  address(more: Readonly<Record<string, number>> = {}): string {
    const known = [...this.#cursors].filter(([, cursor]) => cursor !== null);
    const query = new URLSearchParams({
      channels: [...this.#cursors].flatMap(([channel, cursor]) => (cursor === null ? [channel] : [])).join(),
      since: known.map(([channel, cursor]) => `${channel}=${cursor}`).join(),
      ref: String(this.#ref),
    });
    Object.entries(more).forEach(([name, value]) => query.set(name, String(value)));
    return `${this.#path}?${query}`;
  }
}
