// The text field that somebody writes in: changes of ours can be undone as if they had been typed.

import type { Change, Selected } from "./markdown.ts";

export function selectedIn(field: HTMLTextAreaElement): Selected {
  return { text: field.value, start: field.selectionStart, end: field.selectionEnd };
}

export function applyChange(field: HTMLTextAreaElement, change: Change): void {
  replaceRange(field, change.from, change.to, change.insert);
  field.setSelectionRange(change.start, change.end);
}

/** Give the field another text; the caret goes to its end. */
export function setText(field: HTMLTextAreaElement, text: string): void {
  if (field.value !== text) {
    field.value = text;
    field.setSelectionRange(text.length, text.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export function replaceRange(field: HTMLTextAreaElement, from: number, to: number, insert: string): void {
  field.focus();
  field.setSelectionRange(from, to);
  const command = insert === "" ? "delete" : "insertText";
  // Deprecated, and the only way for which the browser keeps its undo.
  if (!(from === to && insert === "") && !document.execCommand(command, false, insert)) {
    field.setRangeText(insert, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export function button(words: string, onClick: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button is-quiet is-small";
  element.textContent = words;
  element.addEventListener("click", onClick);
  return element;
}

/** A message beside the form, with what can be done about it. */
export function notice(words: string, ...actions: HTMLElement[]): HTMLElement {
  const element = document.createElement("div");
  element.className = "notice";
  element.setAttribute("role", "status");
  const line = document.createElement("p");
  line.textContent = words;
  const row = document.createElement("div");
  row.className = "form-row";
  row.append(...actions);
  element.append(line, row);
  return element;
}
