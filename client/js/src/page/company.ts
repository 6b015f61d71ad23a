// What stands beside the posts of a live page: who else is there, and the panel that says how live it is.

import type { PageLine } from "./line.ts";
import type { Transport } from "../ladder.ts";
import type { Notice } from "../notices.ts";
import type { Standing } from "./membership.ts";
import { Panel } from "./panel.ts";
import type { ShownState } from "./panelwords.ts";
import { Presence } from "./presence.ts";
import { savesData } from "./thrift.ts";

export interface CompanyOptions {
  readonly channel: string;
  readonly memberId: number | null;
  /** Whether the server tells who reads. */
  readonly hasPresence: boolean;
  readonly connection: PageLine;
  readonly standing: () => Standing;
}

export class Company {
  readonly #presence: Presence;
  readonly #panel: Panel;

  constructor({ channel, memberId, hasPresence, connection, standing }: CompanyOptions) {
    this.#presence = new Presence({
      channel,
      memberId,
      counts: document.getElementById("presence"),
      writing: document.getElementById("writing"),
      send: (name, signal) => connection.signal(name, signal),
      isWanted: () => hasPresence && !savesData(),
    });
    this.#panel = new Panel({
      button: document.getElementById("live-state"),
      dialog: document.getElementById("live-panel"),
      pause: (isPaused) => connection.pause(isPaused),
      measure: () => connection.measure(),
      tryNow: () => connection.wake(),
      onThrift: () => this.#presence.tell(),
      standing,
    });
    this.#watchForm();
  }

  take(notice: Notice): void {
    if (notice.kind === "event") {
      this.#panel.heard();
    } else if (notice.kind === "signal") {
      this.#presence.take(notice);
    } else if (notice.kind === "delay") {
      this.#panel.measured(notice.delayMs);
    } else if (notice.kind === "state") {
      this.#presence.setLive(notice.state === "live" && notice.transport !== "poll");
    }
  }

  shown(state: ShownState, transport: Transport): void {
    this.#panel.show(state, transport);
  }

  #watchForm(): void {
    const form = document.getElementById("reply");
    const text = form?.querySelector("textarea");
    text?.addEventListener("input", () => this.#presence.wrote(text.value.trim() === ""));
    form?.addEventListener("submit", () => this.#presence.stopped());
  }
}
