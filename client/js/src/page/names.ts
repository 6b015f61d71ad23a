// Names after an @: a short list below the caret, chosen with the keys or a click.

import { findNames } from "./api_writing.ts";
import { replaceRange } from "./field.ts";
import { _ } from "./translation.ts";

const PAUSE_MS = 120;
const MAX_KEPT = 100;

/** What stands between the last `@` and the caret, if a name may be on its way there. */
export function nameBefore(text: string, caret: number): string | null {
  const match = /(?:^|[^\p{L}\p{N}_@/.-])@([^\n@]{0,40})$/u.exec(text.slice(Math.max(0, caret - 42), caret));
  const start = match?.[1] ?? null;
  return start === null || /^\s|\s\s/.test(start) || start.split(" ").length > 4 ? null : start;
}

let lists = 0;

export class Names {
  readonly #field: HTMLTextAreaElement;
  readonly #threadId: number | null;
  readonly #list = document.createElement("ul");
  readonly #known = new Map<string, readonly string[]>();
  #start = "";
  #chosen = 0;
  #timer = 0;

  constructor(field: HTMLTextAreaElement, threadId: number | null) {
    this.#field = field;
    this.#threadId = threadId;
    this.#list.className = "names";
    this.#list.id = `names-${(lists += 1)}`;
    this.#list.hidden = true;
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", _("Members"));
    field.setAttribute("aria-autocomplete", "list");
    field.after(this.#list);
    field.addEventListener("input", () => this.#look());
    field.addEventListener("click", () => this.#look());
    field.addEventListener("blur", () => this.#close());
    field.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    this.#list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const item = (event.target as Element).closest("li");
      if (item !== null) {
        this.#take(item.textContent ?? "");
      }
    });
  }

  #look(): void {
    window.clearTimeout(this.#timer);
    const start = nameBefore(this.#field.value, this.#field.selectionStart);
    if (start === null || this.#isHopeless(start)) {
      this.#close();
      return;
    }
    this.#start = start;
    const known = this.#known.get(start.toLowerCase());
    if (known !== undefined) {
      this.#show(known);
    } else {
      this.#timer = window.setTimeout(() => void this.#ask(start), PAUSE_MS);
    }
  }

  /** Nobody's name begins so, so nobody's begins so and goes on. From two letters on: one letter asks the thread only. */
  #isHopeless(start: string): boolean {
    const small = start.toLowerCase();
    return [...this.#known].some(([key, names]) => names.length === 0 && key.length > 1 && small.startsWith(key));
  }

  async #ask(start: string): Promise<void> {
    try {
      const { members } = await findNames(start, this.#threadId);
      if (this.#known.size >= MAX_KEPT) {
        this.#known.clear();
      }
      this.#known.set(
        start.toLowerCase(),
        members.map(({ name }) => name),
      );
    } catch {
      return; // a help that does not come is no reason to complain
    }
    if (start === this.#start && document.activeElement === this.#field) {
      this.#look();
    }
  }

  #show(names: readonly string[]): void {
    const isWhole = names.length === 1 && names[0]!.toLowerCase() === this.#start.toLowerCase();
    if (names.length === 0 || isWhole) {
      this.#close();
      return;
    }
    this.#list.replaceChildren(
      ...names.map((name, place) => {
        const item = document.createElement("li");
        item.id = `${this.#list.id}-${place}`;
        item.setAttribute("role", "option");
        item.textContent = name;
        return item;
      }),
    );
    this.#list.hidden = false;
    this.#field.setAttribute("aria-controls", this.#list.id);
    placeAtCaret(this.#list, this.#field, this.#field.selectionStart - this.#start.length - 1);
    this.#choose(0);
  }

  #choose(place: number): void {
    const items = [...this.#list.children];
    this.#chosen = (place + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === this.#chosen)));
    this.#field.setAttribute("aria-activedescendant", items[this.#chosen]!.id);
  }

  #onKey(event: KeyboardEvent): void {
    if (this.#list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const steps: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.#choose(this.#chosen + 1),
      ArrowUp: () => this.#choose(this.#chosen - 1),
      Enter: () => this.#take(this.#list.children[this.#chosen]?.textContent ?? ""),
      Tab: () => this.#take(this.#list.children[this.#chosen]?.textContent ?? ""),
      Escape: () => this.#close(),
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
      step();
    }
  }

  #take(name: string): void {
    const caret = this.#field.selectionStart;
    this.#close();
    replaceRange(this.#field, caret - this.#start.length, caret, `${name} `);
    this.#close();
  }

  #close(): void {
    window.clearTimeout(this.#timer);
    this.#list.hidden = true;
    this.#field.removeAttribute("aria-activedescendant");
    this.#field.removeAttribute("aria-controls");
  }
}

/** No browser tells where the caret of a text field is: a copy of the field's text is laid out to find it. */
function placeAtCaret(list: HTMLElement, field: HTMLTextAreaElement, place: number): void {
  const copy = document.createElement("div");
  const style = getComputedStyle(field);
  for (const name of ["font", "letterSpacing", "padding", "borderWidth", "lineHeight", "boxSizing"] as const) {
    copy.style[name] = style[name];
  }
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word" });
  copy.style.width = `${field.clientWidth}px`;
  const mark = document.createElement("span");
  mark.textContent = "@";
  copy.append(field.value.slice(0, place), mark);
  field.after(copy);
  const lineHeight = Number.parseFloat(style.lineHeight) || 24;
  const top = mark.offsetTop - field.scrollTop + lineHeight;
  const left = mark.offsetLeft;
  copy.remove();
  const parent = list.offsetParent ?? document.body;
  const [box, frame] = [field.getBoundingClientRect(), parent.getBoundingClientRect()];
  list.style.top = `${box.top - frame.top + Math.min(top, field.clientHeight)}px`;
  list.style.left = `${Math.max(0, Math.min(box.left - frame.left + left, frame.width - list.offsetWidth - 4))}px`;
}
