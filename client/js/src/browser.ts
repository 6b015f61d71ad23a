// The surroundings that a browser gives a connection, and the events of a page that say: look at the line now.

import { Clock } from "./clock.ts";
import { encodeClientMessage, SUBPROTOCOL } from "./codec.ts";
import type { Socket, SocketEvents, Surroundings } from "./connection.ts";
import type { Cursor } from "./cursors.ts";
import { isTransport, type Transport } from "./ladder.ts";
import { EventStream, LongPoll } from "./streams.ts";

export const LIVE_PATH = "/live";

const KEPT_TRANSPORT = "tertulia-transport";

/** Lines go to `path` on the page's own host. `isReader`: asked at each new line, whether it is to be counted. */
export function browserSurroundings(path: string, isReader: () => boolean = () => false): Surroundings {
  const clock = new Clock(
    () => performance.now(),
    () => Date.now(),
  );
  return {
    ...recall(),
    openSocket: (transport, events) => OPEN[transport](path, events, isReader()),
    nowMs: () => clock.nowMs(),
    random: () => Math.random(),
    setTimer: (callback, delayMs) => self.setTimeout(callback, delayMs),
    clearTimer: (timer) => self.clearTimeout(timer),
    reportError: (error) => self.reportError(error),
  };
}

/** The transport that worked, kept for the tab's next page; a browser may refuse to keep anything. */
export function recall(): { lastTransport: Transport; remember(transport: Transport): void } {
  const tryStorage = (use: () => string | null | void): string | null => {
    try {
      return use() ?? null;
    } catch {
      return null;
    }
  };
  const kept = tryStorage(() => sessionStorage.getItem(KEPT_TRANSPORT));
  return {
    lastTransport: isTransport(kept) ? kept : "socket",
    remember: (transport) => void tryStorage(() => sessionStorage.setItem(KEPT_TRANSPORT, transport)),
  };
}

/** A connection of one's own, or a share in one. */
export interface Line {
  readonly transport: Transport;
  follow(channel: string, cursor: Cursor | null): void;
  unfollow(channel: string): void;
  start(): void;
  suspend(): void;
  wake(): void;
  signal(channel: string, name: string): void;
  measure(): void;
}

/**
 * A page that comes back (from another tab, from sleep, from the back-forward cache, from no network) checks its line
 * at once; one that goes away hangs up, so that the browser may keep it whole for the way back. A page that is not seen
 * keeps its WebSocket, but nothing else: of requests a browser may have six to one host, over all its tabs. With
 * `savesData` it keeps nothing.
 */
export function keepAwake(connection: Line, savesData: () => boolean = () => false): void {
  const wake = (): void => connection.wake();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      connection.start();
      wake();
    } else if (connection.transport !== "socket" || savesData()) {
      connection.suspend();
    }
  });
  document.addEventListener("resume", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pagehide", () => connection.suspend());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      connection.start();
    }
  });
}

function socketUrl(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

const OPEN: Readonly<Record<Transport, (path: string, events: SocketEvents, isReader: boolean) => Socket>> = {
  socket: openSocket, // says so itself
  stream: (path, events, isReader) =>
    new EventStream(path, events, (address) => new EventSource(address), isReader ? { reading: 1 } : {}),
  poll: (path, events) => new LongPoll(path, events),
};

function openSocket(path: string, events: SocketEvents): Socket {
  const socket = new WebSocket(socketUrl(path), [SUBPROTOCOL]);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => events.opened());
  socket.addEventListener("message", ({ data }) => {
    // A text frame is no message of this subprotocol: no bytes at all are as malformed as can be.
    events.received(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array());
  });
  socket.addEventListener("close", ({ code }) => events.closed(code));
  return {
    send: (message) => socket.send(encodeClientMessage(message)),
    close: () => socket.close(),
  };
}
