// The words of the panel: what each state means to the reader, and what there is to do.

import type { Transport } from "../ladder.ts";
import type { LiveState } from "../notices.ts";
import type { Standing } from "./membership.ts";
import { _ } from "./translation.ts";

export type ShownState = LiveState | "paused";

/** How long something may last before there is more to say of it. */
const LONG_MS = 10_000;

export const WHAT: Readonly<Record<ShownState, string>> = {
  connecting: _("The page is being connected."),
  "catching-up": _("The page is connected, and gets what it has missed."),
  live: _("The page is live: whatever happens here appears by itself."),
  offline: _("The line to the server is lost. It is tried again and again; what you write is kept."),
  stopped: _("This page gets no news any more: you may not follow it, or not with this sign-in."),
  paused: _("You have paused the page: nothing on it moves until you go on."),
};

const WAYS: Readonly<Record<Transport, string>> = {
  socket: _("a WebSocket, the best there is"),
  stream: _("server-sent events"),
  poll: _("asking again and again"),
};

const ALL_IS_WELL = _("Nothing to do. You need not reload.");
const NO_SOCKET = _(
  "Something between you and the server lets no WebSocket through: often a proxy or an extension of the browser. The page is live all the same, at a little more cost.",
);
const NOTHING_OPEN = _(
  "Something between you and the server lets nothing through that stays open, so the page asks again and again: news comes a moment later, at more cost. Another network, or the browser without its extensions, may be better.",
);

/** What the panel knows. */
export interface Situation {
  readonly state: ShownState;
  /** For how long it has been so. */
  readonly lastedMs: number;
  readonly transport: Transport;
  /** Whether the device itself says that it has a network. */
  readonly hasNetwork: boolean;
  readonly standing: Standing;
}

export function isConnected({ state }: Situation): boolean {
  return state === "live" || state === "catching-up";
}

export function wayWords(situation: Situation): string {
  return isConnected(situation) ? WAYS[situation.transport] : _("none");
}

/** What to do, or that there is nothing to do. */
export function adviceWords({ state, lastedMs, transport, hasNetwork, standing }: Situation): string {
  const isLong = lastedMs >= LONG_MS;
  switch (state) {
    case "connecting":
      return isLong ? _("This takes longer than usual: look at your network. What you see is how it was when you opened the page.") : _("A moment, please.");
    case "catching-up":
      return isLong
        ? _("You missed much, or your network is slow. It comes in its order; there is nothing to do.")
        : _("Nothing to do: what you missed comes first, in its order.");
    case "live":
      return { socket: standing === "good" ? ALL_IS_WELL : "", stream: NO_SOCKET, poll: NOTHING_OPEN }[transport];
    case "offline":
      return hasNetwork
        ? _("The server may be starting anew, or your network does not reach it. You need not reload: nothing is missed.")
        : _("This device says that it has no network: look at its flight mode and its Wi-Fi. You need not reload: nothing is missed.");
    case "stopped":
      return standing === "signed out" ? _("Sign in again to go on.") : _("Reload the page to see what you may read of it now.");
    case "paused":
      return _("Take the mark below away to go on: what you missed comes then, and nothing is lost.");
  }
}

/** What the reader's own standing changes about the page; empty for those in good standing. */
export function standingWords(standing: Standing): string {
  return {
    good: "",
    banned: _("You are banned: what everybody may read stays live here, but you cannot write or rate. The top of the page says why, and until when."),
    "signed out": _("You are signed out, here or on another device: the page goes on as for a guest. Sign in to write, and to hear of what concerns you."),
  }[standing];
}
