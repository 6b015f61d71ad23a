// What a browser or Node gives a connection that belongs to a program and not to a page.

import { Clock } from "../clock.ts";
import { encodeClientMessage, SUBPROTOCOL } from "../codec.ts";
import { actionOf } from "../codes.ts";
import type { Socket, SocketEvents, Surroundings } from "../connection.ts";
import type { Transport } from "../ladder.ts";
import { EventStream, LongPoll } from "../streams.ts";

/** The longest wait for an answer to why. */
const WHY_MS = 5000;

/** What Node takes in the place of a list of subprotocols, and browsers do not. */
interface SocketInit {
  readonly protocols: string[];
  readonly headers: Readonly<Record<string, string>>;
}
type SocketClass = new (url: string, init: SocketInit) => WebSocket;

/**
 * To the server at `url`. Node has WebSockets that carry a token; a browser sends a token with ordinary requests only,
 * so that long poll is left to it, and without one it takes whatever works.
 */
export function surroundingsOf(url: string, token: string | null): Surroundings {
  const live = new URL("/live", url).href;
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const clock = new Clock(
    () => performance.now(),
    () => Date.now(),
  );
  const transports = transportsFor(token);
  return {
    transports,
    lastTransport: transports[0]!,
    remember: () => {},
    openSocket: (transport, events) => {
      switch (transport) {
        case "socket":
          return openSocket(live, headers, events);
        case "stream":
          return new EventStream(live, events, (address) => new EventSource(address, { withCredentials: true }));
        case "poll":
          return new LongPoll(live, events, headers);
      }
    },
    nowMs: () => clock.nowMs(),
    random: () => Math.random(),
    setTimer: (callback, delayMs) => Number(setTimeout(callback, delayMs)), // an object in Node, which has a number too
    clearTimer: (timer) => clearTimeout(timer),
    reportError: (error) => console.error(error),
  };
}

function transportsFor(token: string | null): readonly Transport[] {
  if (isNode()) {
    return ["socket"];
  }
  return token === null ? ["socket", "stream", "poll"] : ["poll"];
}

function isNode(): boolean {
  return (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !== undefined;
}

function openSocket(live: string, headers: Readonly<Record<string, string>>, events: SocketEvents): Socket {
  let isOpened = false;
  let isClosed = false;
  const socket = isNode()
    ? new (WebSocket as unknown as SocketClass)(socketUrl(live), { protocols: [SUBPROTOCOL], headers })
    : new WebSocket(socketUrl(live), [SUBPROTOCOL]);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => {
    isOpened = true;
    events.opened();
  });
  socket.addEventListener("message", ({ data }) => {
    // A text frame is no message of this subprotocol: no bytes at all are as malformed as can be.
    events.received(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array());
  });
  socket.addEventListener("close", ({ code }) => {
    if (isOpened || isClosed) {
      events.closed(code);
    } else {
      void whyRefused(live, headers).then((refusal) => events.closed(refusal ?? code));
    }
  });
  return {
    send: (message) => socket.send(encodeClientMessage(message)),
    close: () => {
      isClosed = true;
      socket.close();
    },
  };
}

/** A handshake that fails does not say why; a request for who we are does. Null if that tells nothing of ours. */
async function whyRefused(live: string, headers: Readonly<Record<string, string>>): Promise<number | null> {
  try {
    const response = await fetch(new URL("/api/me", live), { headers, signal: AbortSignal.timeout(WHY_MS) });
    const { code } = (await response.json()) as { code?: unknown };
    return !response.ok && typeof code === "number" && actionOf(code) === "give up" ? code : null;
  } catch {
    return null;
  }
}

function socketUrl(live: string): string {
  const url = new URL(live);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
