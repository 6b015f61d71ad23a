// "Why am I (not) live?": a small dialog that says how current the page is, by which way, and what can be done.

import type { Transport } from "../ladder.ts";
import type { LiveState } from "../notices.ts";
import { saveData, savesData } from "./thrift.ts";
import { _, ngettext } from "./translation.ts";
import { countWords } from "./words.ts";

/** How often an open panel looks again. */
const LOOK_MS = 1000;
const MEASURE_LOOKS = 5;

export type ShownState = LiveState | "paused";

const WHAT: Readonly<Record<ShownState, string>> = {
  connecting: _("The page is being connected."),
  "catching-up": _("The page is connected, and gets what it has missed."),
  live: _("The page is live: whatever happens here appears by itself."),
  offline: _("The line to the server is lost. It is tried again and again; what you write is kept."),
  stopped: _("This page gets no news any more: you may not follow it, or not with this sign-in."),
  paused: _("You have paused the page: nothing on it moves until you go on."),
};

const ADVICE: Readonly<Record<ShownState, string>> = {
  connecting: "",
  "catching-up": "",
  live: "",
  offline: _("Look at your network. You need not reload: nothing is missed."),
  stopped: _("Reload the page, or sign in again."),
  paused: "",
};

const WAYS: Readonly<Record<Transport, string>> = {
  socket: _("a WebSocket, the best there is"),
  stream: _("server-sent events"),
  poll: _("asking again and again"),
};

const BLOCKED = _(
  "Something between you and the server lets no WebSocket through: often a proxy or an extension of the browser. The page is live all the same, at a little more cost.",
);

export interface PanelOptions {
  readonly button: HTMLElement | null;
  readonly dialog: HTMLElement | null;
  readonly pause: (isPaused: boolean) => void;
  readonly measure: () => void;
  readonly tryNow: () => void;
  readonly onThrift: () => void;
}

export class Panel {
  readonly #options: PanelOptions;
  readonly #dialog: HTMLDialogElement | null;
  #timer: number | null = null;
  #looks = 0;
  #state: ShownState = "connecting";
  #transport: Transport = "socket";
  #heardAtMs: number | null = null;
  #delayMs: number | null = null;

  constructor(options: PanelOptions) {
    this.#options = options;
    const { button, dialog } = options;
    this.#dialog = dialog instanceof HTMLDialogElement ? dialog : null;
    button?.addEventListener("click", () => this.#open());
    this.#dialog?.addEventListener("close", () => this.#stop());
    this.#listen("pause", (isChecked) => options.pause(isChecked));
    this.#listen("thrift", (isChecked) => {
      saveData(isChecked);
      options.onThrift();
    });
    this.#part("now")?.addEventListener("click", () => options.tryNow());
  }

  show(state: ShownState, transport: Transport): void {
    this.#state = state;
    this.#transport = transport;
    this.#draw();
  }

  /** An event came. */
  heard(): void {
    this.#heardAtMs = performance.now();
  }

  measured(delayMs: number): void {
    this.#delayMs = delayMs;
    this.#draw();
  }

  #open(): void {
    if (this.#dialog === null || this.#dialog.open) {
      return;
    }
    const thrift = this.#part("thrift");
    if (thrift instanceof HTMLInputElement) {
      thrift.checked = savesData();
    }
    this.#looks = 0;
    this.#look();
    this.#dialog.showModal();
  }

  #look(): void {
    if (this.#looks % MEASURE_LOOKS === 0) {
      this.#options.measure();
    }
    this.#looks += 1;
    this.#draw();
    this.#timer = window.setTimeout(() => this.#look(), LOOK_MS);
  }

  #stop(): void {
    if (this.#timer !== null) {
      window.clearTimeout(this.#timer);
      this.#timer = null;
    }
  }

  #draw(): void {
    const isLive = this.#state === "live" || this.#state === "catching-up";
    this.#say("what", WHAT[this.#state]);
    this.#say("way", isLive ? WAYS[this.#transport] : _("none"));
    this.#say("last", this.#lastWords());
    const isKnown = isLive && this.#transport === "socket" && this.#delayMs !== null;
    this.#say("delay", isKnown ? _("%(ms)s ms", { ms: countWords(Math.round(this.#delayMs ?? 0)) }) : _("not known"));
    this.#say("advice", isLive && this.#transport !== "socket" ? BLOCKED : ADVICE[this.#state]);
    const now = this.#part("now");
    if (now !== null) {
      now.hidden = this.#state !== "offline";
    }
  }

  #lastWords(): string {
    if (this.#heardAtMs === null) {
      return _("none since you opened the page");
    }
    const seconds = Math.round((performance.now() - this.#heardAtMs) / 1000);
    if (seconds < 60) {
      return ngettext("%(count)s second ago", "%(count)s seconds ago", seconds, { count: seconds });
    }
    const minutes = Math.round(seconds / 60);
    return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes, { count: countWords(minutes) });
  }

  #say(name: string, words: string): void {
    const element = this.#part(name);
    if (element !== null && element.textContent !== words) {
      element.textContent = words;
    }
  }

  #listen(name: string, onChange: (isChecked: boolean) => void): void {
    const box = this.#part(name);
    if (box instanceof HTMLInputElement) {
      box.addEventListener("change", () => onChange(box.checked));
    }
  }

  #part(name: string): HTMLElement | null {
    return this.#dialog?.querySelector<HTMLElement>(`[data-panel="${name}"]`) ?? null;
  }
}
