// How live a page of lists is: the same words and the same panel as on a thread, without what only a thread has.

import type { LiveState } from "../notices.ts";
import type { PageLine } from "./line.ts";
import { showLiveState } from "./livestate.ts";
import type { Membership } from "./membership.ts";
import { Panel } from "./panel.ts";

/** Nothing is shown before the line says something: a page that follows nothing makes no promise. */
export function startListLine(button: HTMLElement, line: PageLine, membership: Membership | null): void {
  const panel = new Panel({
    button,
    dialog: document.getElementById("live-panel"),
    pause: (isPaused) => line.pause(isPaused),
    measure: () => line.measure(),
    tryNow: () => line.wake(),
    onThrift: () => undefined, // lists count nobody
    standing: () => membership?.standing ?? "good",
  });
  const show = (state: LiveState): void => {
    const shown = line.isPaused && state !== "stopped" ? "paused" : state;
    showLiveState(button, shown, line.transport, false);
    panel.show(shown, line.transport);
  };
  line.listen((notice) => {
    if (notice.kind === "state") {
      show(notice.state);
    } else if (notice.kind === "event") {
      panel.heard();
    } else if (notice.kind === "delay") {
      panel.measured(notice.delayMs);
    }
  });
}
