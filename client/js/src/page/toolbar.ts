// The marks above a text field, and their keys.

import { applyChange, selectedIn } from "./field.ts";
import { type Change, makeLink, type Selected, toggleCode, toggleMark, togglePrefix } from "./markdown.ts";
import { _ } from "./translation.ts";

const MARKS: Readonly<Record<string, (selected: Selected) => Change>> = {
  bold: (selected) => toggleMark(selected, "**", _("text")),
  italic: (selected) => toggleMark(selected, "*", _("text")),
  code: (selected) => toggleCode(selected, _("text")),
  link: (selected) => makeLink(selected, _("text")),
  quote: (selected) => togglePrefix(selected, () => "> ", /^> ?/),
  list: (selected) => togglePrefix(selected, () => "- ", /^- /),
  numbers: (selected) => togglePrefix(selected, (line) => `${line}. `, /^\d+\. /),
  mention: ({ text, start }) => {
    const insert = start === 0 || /\s/.test(text[start - 1] ?? "") ? "@" : " @";
    return { from: start, to: start, insert, start: start + insert.length, end: start + insert.length };
  },
};

/** By the key itself, and for digits by its place: with Shift they are other characters. */
const KEYS: Readonly<Record<string, string>> = {
  KeyB: "bold",
  KeyI: "italic",
  KeyK: "link",
  KeyE: "code",
  "Shift+Digit7": "numbers",
  "Shift+Digit8": "list",
  "Shift+Digit9": "quote",
};

/** `onKey` is told of Ctrl+Enter (`send`) and Ctrl+Shift+P (`preview`). */
export function startToolbar(form: HTMLFormElement, field: HTMLTextAreaElement, onKey: (name: string) => void): void {
  const apply = (name: string | undefined): void => {
    const mark = MARKS[name ?? ""];
    if (mark !== undefined && !field.readOnly) {
      applyChange(field, mark(selectedIn(field)));
    }
  };
  field.addEventListener("keydown", (event) => {
    if ((!event.ctrlKey && !event.metaKey) || event.altKey || event.isComposing) {
      return;
    }
    const isLetter = /^[a-z]$/i.test(event.key);
    const key = (event.shiftKey ? "Shift+" : "") + (isLetter ? `Key${event.key.toUpperCase()}` : event.code);
    const name = key === "Enter" ? "send" : key === "Shift+KeyP" ? "preview" : undefined;
    if (name === undefined && KEYS[key] === undefined) {
      return;
    }
    event.preventDefault();
    if (name === undefined) {
      apply(KEYS[key]);
    } else {
      onKey(name);
    }
  });
  const bar = form.querySelector<HTMLElement>("[role=toolbar]");
  if (bar !== null) {
    bar.addEventListener("click", (event) => {
      apply((event.target as Element).closest<HTMLElement>("[data-mark]")?.dataset["mark"]);
    });
    roveIn(bar);
  }
}

/** One stop for the Tab key; arrows move within. */
function roveIn(bar: HTMLElement): void {
  const buttons = [...bar.querySelectorAll<HTMLElement>("button")];
  buttons.forEach((one, place) => (one.tabIndex = place === 0 ? 0 : -1));
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    const place = buttons.indexOf(document.activeElement as HTMLElement);
    const next = buttons[(place + step + buttons.length) % buttons.length];
    if (step !== 0 && place !== -1 && next !== undefined) {
      event.preventDefault();
      buttons.forEach((one) => (one.tabIndex = one === next ? 0 : -1));
      next.focus();
    }
  });
}
