// How far a member has read, as far as a page has heard of it since it was made: told in the member's own channel. A
// mark is a number that only grows, so marks and posts may arrive in any order.

import type { MarkedData } from "../data.ts";
import type { PageLine } from "./line.ts";

const MAX_MARKS = 2_000;

export class ReadMarks {
  readonly #marks = new Map<number, number>();

  /** The posts of the thread up to this number were read. */
  saw(threadId: number, number: number): void {
    const mark = Math.max(number, this.#marks.get(threadId) ?? 0);
    this.#marks.delete(threadId);
    this.#marks.set(threadId, mark);
    if (this.#marks.size > MAX_MARKS) {
      this.#marks.delete(this.#marks.keys().next().value as number);
    }
  }

  /** Whether this post is known to be read. */
  isRead(threadId: number, number: number): boolean {
    return number <= (this.#marks.get(threadId) ?? 0);
  }
}

export interface MarkListener {
  /** One thread was read up to a number. */
  readonly onMark: (threadId: number, number: number) => void;
  /** Many at once: which, is not said. */
  readonly onMany: () => void;
}

/** Hear what is read in other windows of this member, wherever they are. */
export function listenToMarks(memberId: number, line: PageLine, { onMark, onMany }: MarkListener): void {
  const channel = `member:${memberId}`;
  line.listen((notice) => {
    if (notice.kind !== "signal" || notice.channel !== channel || notice.name !== "marked") {
      return;
    }
    const { thread_id, number } = notice.data as unknown as MarkedData;
    if (thread_id === null) {
      onMany();
    } else {
      onMark(thread_id, number);
    }
  });
}
