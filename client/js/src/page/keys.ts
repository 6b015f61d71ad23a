// Idempotency keys: one per text, kept for as long as it is not known to be posted.

/** What must survive a reload so that a text whose fate is unknown is not posted twice. */
export interface KeyState {
  readonly key: string;
  readonly sentText: string | null;
}

export class PostKey {
  #key: string;
  #sentText: string | null;
  readonly #make: () => string;

  constructor(state: KeyState, make: () => string = newKey) {
    this.#key = state.key;
    this.#sentText = state.sentText;
    this.#make = make;
  }

  get state(): KeyState {
    return { key: this.#key, sentText: this.#sentText };
  }

  /** The key to send this text with: the same for the same text, another for another. */
  keyFor(text: string): string {
    if (this.#sentText !== null && this.#sentText !== text) {
      this.#key = this.#make();
    }
    this.#sentText = text;
    return this.#key;
  }

  /** The text is posted: the next one is another post. */
  used(): void {
    this.#key = this.#make();
    this.#sentText = null;
  }
}

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The hash by which `post.created` names its key: the first 16 hex digits of its SHA-256. Null where the browser has
 * no digest (plain http on another host than this): then the answer to the request tells alone.
 */
export async function keyHash(key: string): Promise<string | null> {
  if (!globalThis.crypto?.subtle) {
    return null;
  }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const bytes = new Uint8Array(digest).subarray(0, 8);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
