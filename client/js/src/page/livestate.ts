// The words that say how current the page is.

import type { LiveState } from "../notices.ts";

const WORDS: Readonly<Record<LiveState, string>> = {
  connecting: "Connecting…",
  "catching-up": "Catching up…",
  live: "Live",
  offline: "Reconnecting…",
  stopped: "Not live",
};

/** `isFilling`: the protocol has caught up, but the page still reads what a reset made it read afresh. */
export function showLiveState(element: HTMLElement | null, state: LiveState, isFilling: boolean): void {
  if (element === null) {
    return;
  }
  const shown = state === "live" && isFilling ? "catching-up" : state;
  element.dataset["state"] = shown === "stopped" ? "offline" : shown;
  if (element.textContent !== WORDS[shown]) {
    element.textContent = WORDS[shown];
  }
}
