// The script of the worker that holds one line for all tabs of a browser.

import { browserSurroundings, LIVE_PATH } from "../browser.ts";
import { Connection } from "../connection.ts";
import type { Transport } from "../ladder.ts";
import { Switchboard, type Tab } from "../sharing/switchboard.ts";
import type { Hello, TabMessage } from "../sharing/messages.ts";

let board: Switchboard | null = null;

/** What worked for the first tab is tried first: a worker may keep nothing for the next one. */
function boardOf(transport: Transport): Switchboard {
  const surroundings = { ...browserSurroundings(LIVE_PATH, () => board?.isRead ?? false), lastTransport: transport };
  return new Switchboard({
    connect: (listener) => new Connection(surroundings, listener),
    setTimer: (callback, delayMs) => self.setTimeout(callback, delayMs),
    clearTimer: (timer) => self.clearTimeout(timer),
  });
}

self.addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port === undefined) {
    return;
  }
  const tab: Tab = { post: (message) => port.postMessage(message) };
  port.addEventListener("message", ({ data }: MessageEvent<TabMessage | Hello>) => {
    if (data.kind === "hello") {
      const ours = (board ??= boardOf(data.transport));
      // A tab that crashes says no good-bye: then its lock is free.
      void navigator.locks.request(data.lock, () => ours.take(tab, { kind: "bye" }));
    } else {
      board?.take(tab, data);
    }
  });
  port.start();
});
