// Plays the conformance transcripts with this client's codec and Node's WebSocket: `node transcripts.ts URL CHANNEL NAME...`
//
// Prints a line for each that went otherwise than written; the exit status is 1 then. Without names it plays all.

import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { encode, decode } from "@msgpack/msgpack";
import { decodeServerMessage } from "../src/codec.ts";
import { Code } from "../src/codes.ts";
import { DecodeError } from "../src/errors.ts";

const FOLDER = new URL("../../../tests/conformance/transcripts/", import.meta.url);
const PATIENCE_MS = 10_000;

type Frame = { text: string } | { hex: string } | { repeat: string; bytes: number };
interface Step {
  readonly do: string;
  readonly message?: unknown[];
  readonly frames?: Record<string, Frame>;
  readonly subprotocols?: unknown[];
  readonly headers?: Record<string, string>;
  readonly times?: unknown;
  readonly skip?: string[];
  readonly or_close?: number[];
  readonly codes?: number[];
  readonly statuses?: number[];
}
interface Transcript {
  readonly name: string;
  readonly encodings: string[];
  readonly steps: Step[];
}
type Came = { readonly message: unknown[] } | { readonly closed: number };

class Player {
  readonly #url: string;
  readonly #encoding: string;
  readonly #saved: Record<string, unknown>;
  readonly #came: Came[] = [];
  #wake: () => void = () => {};
  #socket: WebSocket | null = null;
  #refusedStatus: number | null = null;
  #isOver = false;

  constructor(url: string, encoding: string, channel: string) {
    this.#url = url;
    this.#encoding = encoding;
    this.#saved = { channel, encoding };
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const [place, step] of steps.entries()) {
      if (!this.#isOver) {
        await this.#take(step).catch((error: Error) => {
          throw new Error(`step ${place + 1} (${step.do}): ${error.message}`);
        });
      }
    }
  }

  close(): void {
    this.#socket?.close();
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case "connect":
        return this.#connect(step);
      case "send":
        return this.#send(this.#encoded(this.#filled(step.message)), step);
      case "send_frame":
        return this.#send(this.#frame(step.frames![this.#encoding]!), step);
      case "expect":
        return this.#expect(step);
      case "expect_close":
        return this.#expectClose(step);
      case "expect_refusal":
        return check(step.statuses!.includes(this.#refusedStatus!), `answered ${this.#refusedStatus}`);
      default:
        throw new Error("unknown step");
    }
  }

  async #connect({ subprotocols = [], headers = {} }: Step): Promise<void> {
    const protocols = this.#filled(subprotocols) as string[];
    const NodeSocket = WebSocket as unknown as new (url: string, init: object) => WebSocket;
    const socket = new NodeSocket(this.#url, { protocols, headers });
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#hear(data as ArrayBuffer | string));
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.addEventListener("open", () => resolve(true));
      socket.addEventListener("close", ({ code }) => {
        this.#arrived({ closed: code });
        resolve(false);
      });
    });
    if (isOpen) {
      check(socket.protocol === this.#encoding, `chose the subprotocol ${socket.protocol}`);
      this.#socket = socket;
    } else {
      this.#refusedStatus = await handshakeStatus(this.#url, protocols, headers);
    }
  }

  /** What our decoder takes for a message is one; what it passes over as unknown would be no part of version 1. */
  #hear(data: ArrayBuffer | string): void {
    const received = typeof data === "string" ? data : new Uint8Array(data);
    try {
      decodeServerMessage(received);
    } catch (error) {
      if (!(error instanceof DecodeError) || error.code !== Code.UNKNOWN_KIND) {
        this.#arrived({ message: [`not readable: ${String(error)}`] });
        return;
      }
    }
    this.#arrived({ message: (typeof received === "string" ? JSON.parse(received) : decode(received)) as unknown[] });
  }

  #arrived(came: Came): void {
    this.#came.push(came);
    this.#wake();
  }

  async #next(skip: readonly string[], wanted?: unknown): Promise<Came> {
    for (;;) {
      while (this.#came.length === 0) {
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error("nothing came")), PATIENCE_MS);
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const came = this.#came.shift()!;
      if ("closed" in came || came.message[0] === wanted || !skip.includes(came.message[0] as string)) {
        return came;
      }
    }
  }

  async #expect({ message: pattern, skip = [], or_close = [] }: Step): Promise<void> {
    const came = await this.#next(["event", "signal", ...skip], pattern![0]);
    if ("closed" in came) {
      check(or_close.includes(came.closed), `closed with ${came.closed}, expected ${JSON.stringify(pattern)}`);
      this.#isOver = true;
    } else {
      check(this.#matches(pattern, came.message), `got ${JSON.stringify(came.message)}, expected ${JSON.stringify(pattern)}`);
    }
  }

  async #expectClose({ codes, skip = [] }: Step): Promise<void> {
    const came = await this.#next(["event", "signal", ...skip]);
    check("closed" in came && codes!.includes(came.closed), `got ${JSON.stringify(came)}, expected a close with ${codes}`);
  }

  #encoded(value: unknown): string | Uint8Array<ArrayBuffer> {
    return this.#encoding.endsWith("json") ? JSON.stringify(value) : encode(value);
  }

  #frame(frame: Frame): string | Uint8Array<ArrayBuffer> {
    if ("text" in frame) {
      return frame.text;
    }
    if ("hex" in frame) {
      return Uint8Array.from(Buffer.from(frame.hex, "hex"));
    }
    const bytes = new Uint8Array(frame.bytes).fill(Number.parseInt(frame.repeat, 16));
    return this.#encoding.endsWith("json") ? new TextDecoder().decode(bytes) : bytes;
  }

  #send(frame: string | Uint8Array<ArrayBuffer>, { times = 1 }: Step): void {
    check(this.#socket !== null, `not connected; the handshake was answered ${this.#refusedStatus}`);
    for (let count = this.#filled(times) as number; count > 0; count -= 1) {
      this.#socket!.send(frame);
    }
  }

  #filled(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.#filled(item));
    }
    const words = value as { $saved?: string; $plus?: [string, number] } | null;
    if (typeof words?.$saved === "string") {
      return this.#saved[words.$saved];
    }
    return words?.$plus === undefined ? value : (this.#saved[words.$plus[0]] as number) + words.$plus[1];
  }

  #matches(pattern: unknown, value: unknown): boolean {
    const wanted = Array.isArray(pattern) ? pattern : this.#filled(pattern);
    if (Array.isArray(wanted)) {
      return Array.isArray(value) && value.length >= wanted.length && wanted.every((item, at) => this.#matches(item, value[at]));
    }
    if (typeof wanted !== "object" || wanted === null) {
      return isDeepStrictEqual(wanted, value);
    }
    const words = wanted as { $type?: string; $save?: string };
    if (words.$type !== undefined) {
      return typeOf(value) === words.$type;
    }
    if (words.$save !== undefined) {
      this.#saved[words.$save] = value;
      return true;
    }
    const fields = value as Record<string, unknown>;
    return typeOf(value) === "map" && Object.entries(wanted).every(([name, field]) => this.#matches(field, fields[name]));
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) {
    return "array";
  }
  return Number.isInteger(value) ? "integer" : typeof value === "string" ? "text" : value === null ? "nil" : "map";
}

function check(isSo: boolean, sentence: string): void {
  if (!isSo) {
    throw new Error(sentence);
  }
}

/** A WebSocket does not tell how its handshake was answered; an ordinary request that asks for one hears it. */
function handshakeStatus(url: string, protocols: readonly string[], headers: Record<string, string>): Promise<number> {
  const asked: Record<string, string> = {
    ...headers,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...(protocols.length > 0 ? { "Sec-WebSocket-Protocol": protocols.join(", ") } : {}),
  };
  return new Promise((resolve, reject) => {
    const asking = request(url.replace(/^ws/, "http"), { headers: asked }, (response) => {
      resolve(response.statusCode!);
      response.destroy();
    });
    asking.on("upgrade", (response, socket) => {
      resolve(response.statusCode!);
      socket.destroy();
    });
    asking.on("error", reject);
    asking.end();
  });
}

const [url, channel, ...names] = process.argv.slice(2) as [string, string, ...string[]];
const files = names.length > 0 ? names.map((name) => `${name}.json`) : readdirSync(FOLDER).sort();
let playedCount = 0;
for (const file of files) {
  const transcript = JSON.parse(readFileSync(new URL(file, FOLDER), "utf-8")) as Transcript;
  for (const encoding of transcript.encodings) {
    const player = new Player(url, encoding, channel);
    try {
      await player.play(transcript.steps);
      playedCount += 1;
    } catch (error) {
      process.exitCode = 1;
      console.log(`${transcript.name} in ${encoding}: ${(error as Error).message}`);
    }
    player.close();
  }
}
console.log(`${playedCount} played as written`);
