// Shapes of the data of events and of the JSON API, as in wire/tertulia_wire/data.py; a test holds them to it.
// Times are integer milliseconds since 1970 (UTC); a `_day` is an ISO date, the same in every time zone.

/** The author card beside a post. A larger `version` is newer truth. */
export interface CardData {
  id: number;
  version: number;
  name: string;
  rank: string;
  is_banned: boolean;
  is_bot: boolean;
  joined_day: string | null;
  positive: number;
  messages: number;
  negative: number;
}

/** A post as its readers see it; `text` and `html` are null once it is removed. */
export interface PostData {
  id: number;
  version: number;
  thread_id: number;
  number: number;
  author: CardData;
  format: "markdown" | "literal";
  text: string | null;
  html: string | null;
  created_ms: number | null;
  created_day: string | null;
  edited_ms: number | null;
  is_removed: boolean;
  positive: number;
  negative: number;
}

/** A thread without its posts. `last_number` is the highest number given. */
export interface ThreadData {
  id: number;
  version: number;
  forum_id: number;
  title: string;
  slug: string;
  starter: string;
  started_ms: number | null;
  started_day: string | null;
  post_count: number;
  last_number: number;
  last_post_ms: number | null;
  last_post_by: string | null;
  is_locked: boolean;
  is_pinned: boolean;
  is_merged: boolean;
  moved_count: number;
}

/** Data of `post.created`, `post.edited`, `post.removed` and `post.rated`; `key_hash` on `post.created` only. */
export interface PostEventData {
  post: PostData;
  thread: ThreadData;
  key_hash?: string;
}

/** Data of `thread.created` and `thread.changed`. */
export interface ThreadEventData {
  thread: ThreadData;
}

/** Data of `member.changed`. */
export interface MemberEventData {
  member: CardData;
}

/** Why a member is told of a post. */
export interface NotificationData {
  id: number;
  kind: "mention" | "quote" | "reply";
  by: string;
  thread_id: number;
  title: string;
  post_id: number;
  number: number;
  created_ms: number;
  is_read: boolean;
}

/** Data of `notified`: how many are unread now; `notification` is null where only that number has changed. */
export interface NotifiedEventData {
  unread: number;
  notification: NotificationData | null;
}

/** What a server takes from one connection. */
export interface LimitsData {
  message_bytes: number;
  messages_per_s: number;
  message_burst: number;
  subscriptions: number;
  subscriptions_per_message: number;
}

/** Who the server takes the client for. */
export interface WhoData {
  id: number;
  name: string;
}

/** Data of `hello`. `member` is null for a guest. */
export interface HelloData {
  server: string;
  protocol: number;
  heartbeat_ms: number;
  limits: LimitsData;
  member: WhoData | null;
}

/** Data of the signal `marked`: how far the member has read a thread; null where many were read at once. */
export interface MarkedData {
  thread_id: number | null;
  number: number;
}

/** Data of the signal `presence`: how many read and write in a thread; a few of them by name. */
export interface PresenceData {
  reading: number;
  writing: number;
  readers: WhoData[];
  writers: WhoData[];
}
