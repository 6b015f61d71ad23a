// Marks in a text, and quotes that can be found again.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  append,
  type Change,
  makeLink,
  quotedIds,
  quoteWords,
  replaceQuote,
  toggleCode,
  toggleMark,
  togglePrefix,
} from "../src/page/markdown.ts";
import { nameBefore } from "../src/page/names.ts";

/** `[` and `]` are the ends of the selection. */
function selected(marked: string): { text: string; start: number; end: number } {
  const start = marked.indexOf("[");
  return { text: marked.replace("[", "").replace("]", ""), start, end: marked.indexOf("]") - 1 };
}

function shown(text: string, { from, to, insert, start, end }: Change): string {
  const changed = text.slice(0, from) + insert + text.slice(to);
  return `${changed.slice(0, start)}[${changed.slice(start, end)}]${changed.slice(end)}`;
}

function after(marked: string, change: (chosen: ReturnType<typeof selected>) => Change): string {
  const chosen = selected(marked);
  return shown(chosen.text, change(chosen));
}

test("a mark goes around the selection, and away again", () => {
  const bold = (chosen: ReturnType<typeof selected>): Change => toggleMark(chosen, "**", "text");
  assert.equal(after("a [red] cat", bold), "a **[red]** cat");
  assert.equal(after("a **[red]** cat", bold), "a [red] cat");
  assert.equal(after("a []", bold), "a **[text]**");
});

test("code of several lines is fenced", () => {
  assert.equal(after("[x]", (chosen) => toggleCode(chosen, "text")), "`[x]`");
  assert.equal(after("a\n[x\ny]", (chosen) => toggleCode(chosen, "text")), "a\n```\n[x\ny]\n```\n");
});

test("a link asks for what is missing", () => {
  const link = (chosen: ReturnType<typeof selected>): Change => makeLink(chosen, "text");
  const around = (marked: string): string => {
    const chosen = selected(marked);
    const { from, to, insert, start, end } = link(chosen);
    const changed = chosen.text.slice(0, from) + insert + chosen.text.slice(to);
    return `${changed} ${changed.slice(start, end)}`;
  };
  assert.equal(around("see [this]"), "see [this](https://) https://");
  assert.equal(around("[https://a.test/x]"), "[text](https://a.test/x) text");
});

test("each chosen line begins with the prefix, or with none", () => {
  const list = (chosen: ReturnType<typeof selected>): Change => togglePrefix(chosen, () => "- ", /^- /);
  assert.equal(after("one\ntw[o\nth]ree\nfour", list), "one\n[- two\n- three]\nfour");
  assert.equal(after("[- one\n- two]", list), "[one\ntwo]");
  assert.equal(after("one[]", list), "- one[]");
  const numbers = (chosen: ReturnType<typeof selected>): Change => togglePrefix(chosen, (n) => `${n}. `, /^\d+\. /);
  assert.equal(after("[one\ntwo]", numbers), "[1. one\n2. two]");
});

const QUOTE = "> **Ada** · [#25](/posts/431)\n>\n> Who comes?\n\n";

test("quotes are found by their link back", () => {
  assert.deepEqual(quotedIds(`${QUOTE}I do.\n\n> [Bob, #3](/posts/7)\n> no\n\nsee [x](/posts/9)`), [431, 7]);
  assert.equal(append("Well:\n\n\n", QUOTE), `Well:\n\n${QUOTE}`);
  assert.equal(append("", QUOTE), QUOTE);
});

test("a quote is replaced where it stands, or goes", () => {
  const text = `Well:\n\n${QUOTE}I do.`;
  const newer = QUOTE.replace("Who comes?", "Who comes to the fair?");
  assert.equal(replaceQuote(text, 431, newer), `Well:\n\n${newer}I do.`);
  assert.equal(replaceQuote(text, 431, ""), "Well:\n\nI do.");
  assert.equal(replaceQuote(QUOTE, 431, ""), "");
  assert.equal(replaceQuote(text, 9, newer), text);
});

test("chosen words are quoted under the head of the post", () => {
  assert.equal(quoteWords(QUOTE, "comes?\n\nno"), "> **Ada** · [#25](/posts/431)\n>\n> comes?\n>\n> no\n\n");
});

test("a name may be on its way after an @ that does not end a word", () => {
  const found = (text: string): string | null => nameBefore(text, text.length);
  assert.deepEqual(["@", "hello @Ma", "(@Jean Luc", "@Mari sol o"].map(found), ["", "Ma", "Jean Luc", "Mari sol o"]);
  assert.deepEqual(["me@x", "@ x", "@a\nb", "@one two three four five", "plain"].map(found), [null, null, null, null, null]);
});
