// How many posts the reader has not seen. Numbers, not increments: whatever is repeated or replayed, it cannot drift.

export class Unseen {
  #lastNumber: number;
  #seenNumber: number;
  #first: { readonly number: number; readonly postId: number } | null = null;

  /** What was there when the page was loaded is nothing new. */
  constructor(lastNumber: number) {
    this.#lastNumber = lastNumber;
    this.#seenNumber = lastNumber;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  get count(): number {
    return Math.max(0, this.#lastNumber - this.#seenNumber);
  }

  get firstNumber(): number {
    return this.#seenNumber + 1;
  }

  /** The id of the first unseen post, where an event has told it. */
  get firstPostId(): number | null {
    return this.#first?.number === this.firstNumber ? this.#first.postId : null;
  }

  /** A post has been made. */
  created(number: number, postId: number): void {
    if (number === this.firstNumber) {
      this.#first = { number, postId };
    }
    this.reached(number);
  }

  /** The thread is known to have this many numbers. */
  reached(lastNumber: number): void {
    this.#lastNumber = Math.max(this.#lastNumber, lastNumber);
  }

  /** The reader has had this post in view. */
  saw(number: number): void {
    this.#seenNumber = Math.min(this.#lastNumber, Math.max(this.#seenNumber, number));
  }

  /** After a reset: the server's word, also if the thread is shorter now. */
  reset(lastNumber: number): void {
    this.#lastNumber = lastNumber;
    this.#seenNumber = Math.min(this.#seenNumber, lastNumber);
  }
}
