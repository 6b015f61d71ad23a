// The tab's way to the worker: a port, and a lock that is free once the tab is gone, however it went.

import { recall } from "../browser.ts";
import type { Notice } from "../notices.ts";
import { readLog } from "./log.ts";
import type { Hello, TabMessage, WorkerMessage } from "./messages.ts";
import { TabLine } from "./tab.ts";

/** Whether this browser can share a line, and tell that a tab has died. */
export function canShare(): boolean {
  return typeof SharedWorker === "function" && "locks" in navigator;
}

export interface SharedLineOptions {
  /** The address of the worker's script: another version of it is another worker. */
  readonly script: string;
  /** Who the reader is: somebody else's tabs have another worker, and so another line. */
  readonly identity: string;
  readonly listener: (notice: Notice) => void;
  /** Whether somebody reads here and wants to be counted. */
  readonly isReader: () => boolean;
  /** The worker could not be had. */
  readonly onFailed: () => void;
}

/** A share in the line of this browser's tabs. May throw where the browser forbids it. */
export function openSharedLine({ script, identity, listener, isReader, onFailed }: SharedLineOptions): TabLine {
  const worker = new SharedWorker(script, { name: `tertulia ${identity}` });
  const { port } = worker;
  const { lastTransport, remember } = recall();
  /** What is said before the lock is ours: a worker that found it free would take the tab for dead. */
  let early: TabMessage[] | null = [];
  const line = new TabLine(
    {
      post: (message: TabMessage) => (early === null ? port.postMessage(message) : void early.push(message)),
      readLog,
      isReader,
      random: () => Math.random(),
      sleep: (delayMs) => new Promise((resolve) => window.setTimeout(resolve, delayMs)),
    },
    (notice) => {
      if (notice.kind === "state" && notice.state === "live") {
        remember(notice.transport);
      }
      listener(notice);
    },
  );
  worker.addEventListener("error", onFailed);
  port.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => line.take(data));
  port.start();
  const lock = `tertulia tab ${crypto.randomUUID?.() ?? Math.random()}`;
  const holdOn = (): Promise<never> => {
    port.postMessage({ kind: "hello", lock, transport: lastTransport } satisfies Hello);
    early?.forEach((message) => port.postMessage(message));
    early = null;
    return new Promise(() => undefined);
  };
  navigator.locks.request(lock, holdOn).catch(onFailed);
  return line;
}
