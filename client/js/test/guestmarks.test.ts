// What a guest has read stays on the device, within a limit, and whatever else stands there does no harm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cappedWords } from "../src/page/bell.ts";
import { GuestMarks, MAX_MARKS, type Shelf } from "../src/page/guestmarks.ts";

class MemoryShelf implements Shelf {
  text: string | null = null;
  getItem = (): string | null => this.text;
  setItem = (_key: string, text: string): void => {
    this.text = text;
  };
}

test("a thread is unread when it goes beyond the mark, or is newer than the first visit", () => {
  const shelf = new MemoryShelf();
  const marks = new GuestMarks(shelf, 1000);
  assert.deepEqual([marks.isUnread(17, 5, 999), marks.isUnread(17, 5, 1001)], [false, true]);
  marks.saw(17, 5);
  marks.saw(17, 3);
  const later = new GuestMarks(shelf, 2000);
  assert.deepEqual([later.markOf(17), later.isUnread(17, 5, 3000), later.isUnread(17, 6, 3000)], [5, false, true]);
  assert.equal(later.isUnread(18, 1, 1500), true, "the first visit is the first, also on the next page");
});

test("marks are kept up to a limit, the oldest go first", () => {
  const marks = new GuestMarks(new MemoryShelf(), 0);
  for (let id = 1; id <= MAX_MARKS + 1; id += 1) {
    marks.saw(id, 1);
    marks.saw(1, id);
  }
  assert.deepEqual([marks.markOf(1), marks.markOf(2), marks.markOf(3)], [MAX_MARKS + 1, null, 1]);
});

test("what cannot be read, or cannot be kept, is as nothing", () => {
  for (const text of ["", "{", "null", "[]", '{"sinceMs":1,"marks":[[1]]}', '{"sinceMs":1,"marks":[["a",1]]}']) {
    const shelf = new MemoryShelf();
    shelf.text = text;
    const marks = new GuestMarks(shelf, 5);
    assert.deepEqual([marks.markOf(1), marks.isUnread(1, 1, 6)], [null, true]);
  }
  const refusing: Shelf = {
    getItem: () => null,
    setItem: () => {
      throw new Error("full");
    },
  };
  const marks = new GuestMarks(refusing, 5);
  marks.saw(1, 1);
  assert.equal(marks.markOf(1), null);
  assert.equal(new GuestMarks(null, 5).isUnread(1, 1, 4), false);
});

test("the number at the bell is short", () => {
  assert.deepEqual([1, 99, 100, 500].map(cappedWords), ["1", "99", "99+", "99+"]);
});
