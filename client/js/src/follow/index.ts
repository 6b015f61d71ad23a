// What the package gives to programs in browsers and in Node.

export type { Cursor } from "../cursors.ts";
export { formatCursor, parseCursor } from "../cursors.ts";
export type {
  CardData,
  MemberEventData,
  NotificationData,
  NotifiedEventData,
  PostData,
  PostEventData,
  ThreadData,
  ThreadEventData,
} from "../data.ts";
export type { Followed, KnownEvent, OtherEvent, ResetTold } from "./events.ts";
export type { Begin } from "./beginning.ts";
export { follow, type FollowOptions } from "./follow.ts";
export { FollowRefused } from "./inbox.ts";
export { type Kept, keepInStorage, type Store } from "./keeper.ts";
