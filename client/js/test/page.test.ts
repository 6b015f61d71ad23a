// What the page decides without a document: numbers, pages, words, keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pageCount, pageOf, postPath, threadPath } from "../src/page/addresses.ts";
import { newKey, PostKey } from "../src/page/keys.ts";
import { pageNumbers } from "../src/page/pagination.ts";
import { Unseen } from "../src/page/unseen.ts";
import { countWords, dayWords, initialOf, newPostsWords } from "../src/page/words.ts";

test("page n holds the numbers 20(n-1)+1 to 20n", () => {
  assert.deepEqual([1, 20, 21, 40, 41].map(pageOf), [1, 1, 2, 2, 3]);
  assert.deepEqual([0, 1, 20, 21].map(pageCount), [1, 1, 1, 2]);
});

test("addresses are the server's", () => {
  const thread = { id: 17, slug: "a-title" };
  assert.equal(threadPath(thread, 1), "/threads/17-a-title");
  assert.equal(threadPath(thread, 3), "/threads/17-a-title/page-3");
  assert.equal(threadPath({ id: 17, slug: "" }, 2), "/threads/17/page-2");
  assert.equal(postPath(thread, 21, 431), "/threads/17-a-title/page-2#post-431");
  assert.equal(postPath(thread, 2, null), "/threads/17-a-title");
});

test("page links show the ends, the neighbours, and gaps for more than one page", () => {
  assert.deepEqual(pageNumbers(1, 1), [1]);
  assert.deepEqual(pageNumbers(1, 4), [1, 2, 3, 4]);
  assert.deepEqual(pageNumbers(1, 6), [1, 2, 3, null, 6]);
  assert.deepEqual(pageNumbers(4, 9), [1, 2, 3, 4, 5, 6, null, 9]);
  assert.deepEqual(pageNumbers(50, 99), [1, null, 48, 49, 50, 51, 52, null, 99]);
  assert.deepEqual(pageNumbers(5, 8), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("unseen posts are counted by number: nothing that is told twice counts twice", () => {
  const unseen = new Unseen(25);
  assert.equal(unseen.count, 0);
  unseen.created(26, 900);
  unseen.created(27, 901);
  unseen.created(26, 900);
  unseen.reached(27);
  assert.equal(unseen.count, 2);
  assert.deepEqual([unseen.firstNumber, unseen.firstPostId], [26, 900]);
  unseen.saw(26);
  assert.equal(unseen.count, 1);
  assert.equal(unseen.firstPostId, null);
  unseen.saw(99);
  assert.deepEqual([unseen.count, unseen.lastNumber], [0, 27]);
});

test("after a reset the server's word on the last number holds", () => {
  const unseen = new Unseen(25);
  unseen.reached(30);
  unseen.reset(12);
  assert.deepEqual([unseen.count, unseen.lastNumber], [0, 12]);
  unseen.reached(13);
  assert.equal(unseen.count, 1);
});

test("the same text keeps its key, another text gets another, a posted one is done with", () => {
  let made = 0;
  const key = new PostKey({ key: "first", sentText: null }, () => `key-${(made += 1)}`);
  assert.equal(key.keyFor("hello"), "first");
  assert.equal(key.keyFor("hello"), "first");
  assert.equal(key.keyFor("hello!"), "key-1");
  key.used();
  assert.equal(key.keyFor("hello!"), "key-2");
  assert.deepEqual(new PostKey(key.state).keyFor("hello!"), "key-2");
});

test("a new key fits the limits of the protocol and is not made twice", () => {
  assert.match(newKey(), /^[0-9a-f]{32}$/);
  assert.notEqual(newKey(), newKey());
});

test("values are written as the server writes them", () => {
  assert.deepEqual([0, 999, 1000, 8024, 1_234_567].map(countWords), ["0", "999", "1,000", "8,024", "1,234,567"]);
  assert.equal(dayWords("2011-10-21"), "Oct 21, 2011");
  assert.equal(dayWords("2012-01-05"), "Jan 5, 2012");
  assert.deepEqual(["marisol", "ñandú", "𝒳y", ""].map(initialOf), ["M", "Ñ", "𝒳", ""]);
  assert.deepEqual([newPostsWords(1), newPostsWords(3)], ["1 new post", "3 new posts"]);
});
