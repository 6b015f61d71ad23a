// The words that say how current the page is.

import type { Transport } from "../ladder.ts";
import { announcer } from "./announcer.ts";
import type { ShownState } from "./panelwords.ts";
import { _ } from "./translation.ts";

const WORDS: Readonly<Record<ShownState, string>> = {
  connecting: _("Connecting…"),
  "catching-up": _("Catching up…"),
  live: _("Live"),
  offline: _("Reconnecting…"),
  stopped: _("Not live"),
  paused: _("Paused"),
};

const WAYS: Readonly<Record<Transport, string>> = {
  socket: _("Over a WebSocket"),
  stream: _("Over server-sent events: no WebSocket gets through here"),
  poll: _("By asking again and again: nothing that stays open gets through here"),
};

/** `isFilling`: the protocol has caught up, but the page still reads what a reset made it read afresh. */
export function showLiveState(
  element: HTMLElement | null,
  state: ShownState,
  transport: Transport,
  isFilling: boolean,
): void {
  if (element === null) {
    return;
  }
  element.title = state === "live" || state === "catching-up" ? WAYS[transport] : "";
  const shown = state === "live" && isFilling ? "catching-up" : state;
  element.removeAttribute("disabled");
  element.dataset["state"] = shown === "stopped" ? "offline" : shown;
  if (element.textContent !== WORDS[shown]) {
    const isFirst = element.textContent === "";
    element.textContent = WORDS[shown];
    if (!isFirst) {
      announcer.tell("line", WORDS[shown]);
    }
  }
}
