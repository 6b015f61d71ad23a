// Events as a program likes to have them: the name tells the shape of the data.

import type { Cursor } from "../cursors.ts";
import type { MemberEventData, NotifiedEventData, PostEventData, ThreadEventData } from "../data.ts";
import type { Event, WireMap } from "../messages.ts";

interface EventShapes {
  "post.created": PostEventData;
  "post.edited": PostEventData;
  "post.removed": PostEventData;
  "post.rated": PostEventData;
  "thread.created": ThreadEventData;
  "thread.changed": ThreadEventData;
  "member.changed": MemberEventData;
  notified: NotifiedEventData;
}

type EventName = keyof EventShapes;

interface Place {
  readonly channel: string;
  readonly seq: number;
  /** The place after the event: to be kept once it is handled, and handed to `since` the next time. */
  readonly cursor: Cursor;
}

/** An event whose name this release knows. */
export type KnownEvent = {
  readonly [Name in EventName]: Place & { readonly kind: "event"; readonly name: Name; readonly data: EventShapes[Name] };
}[EventName];

/** An event of a later release, or `void`: nothing to see, and its place is used all the same. */
export interface OtherEvent extends Place {
  readonly kind: "other";
  readonly name: string;
  readonly data: WireMap;
}

/** What was known of the channel no longer holds; events after `cursor` follow. */
export interface ResetTold {
  readonly kind: "reset";
  readonly channel: string;
  readonly cursor: Cursor;
  readonly reason: string;
}

export type Followed = KnownEvent | OtherEvent | ResetTold;

/** The things that must be in the data, with an id and a version, for each name that is known. */
const THINGS: Readonly<Record<EventName, readonly string[]>> = {
  "post.created": ["post", "thread"],
  "post.edited": ["post", "thread"],
  "post.removed": ["post", "thread"],
  "post.rated": ["post", "thread"],
  "thread.created": ["thread"],
  "thread.changed": ["thread"],
  "member.changed": ["member"],
  notified: [],
};

/** The typed event; an `OtherEvent` if its name is new or its data are not as this release knows them. */
export function readEvent({ channel, seq, name, data }: Event, epoch: string): KnownEvent | OtherEvent {
  const place = { channel, seq, cursor: { epoch, seq } };
  if (isKnown(name, data)) {
    return { ...place, kind: "event", name, data } as unknown as KnownEvent; // as the server's schema has it
  }
  return { ...place, kind: "other", name, data };
}

function isKnown(name: string, data: WireMap): name is EventName {
  if (name === "notified") {
    return typeof data["unread"] === "number";
  }
  return Object.hasOwn(THINGS, name) && THINGS[name as EventName].every((thing) => isThing(data[thing]));
}

function isThing(value: unknown): boolean {
  const thing = value as Record<string, unknown> | null | undefined;
  return typeof thing === "object" && thing !== null && Number.isInteger(thing["id"]) && Number.isInteger(thing["version"]);
}
