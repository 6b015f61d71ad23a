// "Why am I (not) live?": a small dialog that says how current the page is, by which way, and what can be done.

import type { Transport } from "../ladder.ts";
import type { Standing } from "./membership.ts";
import { adviceWords, isConnected, type ShownState, type Situation, standingWords, WHAT, wayWords } from "./panelwords.ts";
import { saveData, savesData } from "./thrift.ts";
import { _, ngettext } from "./translation.ts";
import { countWords } from "./words.ts";

/** How often an open panel looks again. */
const LOOK_MS = 1000;
const MEASURE_LOOKS = 5;

export interface PanelOptions {
  readonly button: HTMLElement | null;
  readonly dialog: HTMLElement | null;
  readonly pause: (isPaused: boolean) => void;
  readonly measure: () => void;
  readonly tryNow: () => void;
  readonly onThrift: () => void;
  /** Who the reader is by now. */
  readonly standing: () => Standing;
}

export class Panel {
  readonly #options: PanelOptions;
  readonly #dialog: HTMLDialogElement | null;
  #timer: number | null = null;
  #looks = 0;
  #state: ShownState = "connecting";
  #transport: Transport = "socket";
  #sinceMs = performance.now();
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
    this.#part("reload")?.addEventListener("click", () => location.reload());
    this.#part("sign-in")?.setAttribute("href", `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  show(state: ShownState, transport: Transport): void {
    if (state !== this.#state) {
      this.#state = state;
      this.#sinceMs = performance.now();
    }
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
    const situation: Situation = {
      state: this.#state,
      lastedMs: performance.now() - this.#sinceMs,
      transport: this.#transport,
      hasNetwork: navigator.onLine,
      standing: this.#options.standing(),
    };
    const { state, standing } = situation;
    this.#say("what", WHAT[state]);
    this.#say("way", wayWords(situation));
    this.#say("last", this.#lastWords());
    const isKnown = isConnected(situation) && this.#transport === "socket" && this.#delayMs !== null;
    this.#say("delay", isKnown ? _("%(ms)s ms", { ms: countWords(Math.round(this.#delayMs ?? 0)) }) : _("not known"));
    this.#say("advice", adviceWords(situation));
    this.#say("standing", standingWords(standing));
    this.#show("now", state === "offline");
    this.#show("reload", state === "stopped");
    this.#show("sign-in", standing === "signed out");
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

  #show(name: string, isShown: boolean): void {
    const element = this.#part(name);
    if (element !== null) {
      element.hidden = !isShown;
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
