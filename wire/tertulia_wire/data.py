"""Shapes of the data of events and of the JSON API: one model for both.

Times are integer milliseconds since 1970 (UTC). A ``_day`` is an ISO date that is the same day in every time zone:
imported posts know only their day, or nothing. Fields may be added; readers ignore what they do not know.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class CardData(TypedDict):
    """The author card beside a post. A larger ``version`` is newer truth."""

    id: int
    version: int
    name: str
    rank: str
    is_banned: bool
    is_bot: bool
    joined_day: str | None
    positive: int
    messages: int
    negative: int


class PostData(TypedDict):
    """A post as its readers see it; ``text`` and ``html`` are None once it is removed.

    ``positive`` and ``negative`` are how many members have rated it so, each 0 or more: who they are is told to nobody.
    """

    id: int
    version: int
    thread_id: int
    number: int
    author: CardData
    format: Literal["markdown", "literal"]
    text: str | None
    html: str | None
    created_ms: int | None
    created_day: str | None
    edited_ms: int | None
    is_removed: bool
    positive: int
    negative: int


class ThreadData(TypedDict):
    """A thread without its posts. ``last_number`` is the highest number given: pages = ceil(last_number / 20)."""

    id: int
    version: int
    forum_id: int
    title: str
    slug: str
    starter: str
    started_ms: int | None
    started_day: str | None
    post_count: int
    last_number: int
    last_post_ms: int | None
    last_post_by: str | None
    is_locked: bool
    is_pinned: bool
    is_merged: bool
    moved_count: int


class ForumData(TypedDict):
    """A forum of the index."""

    id: int
    version: int
    category: str
    name: str
    slug: str
    description: str
    thread_count: int
    post_count: int


class PostEventData(TypedDict):
    """Data of ``post.created``, ``post.edited``, ``post.removed`` and ``post.rated``.

    ``key_hash`` is on ``post.created`` only: `key_hash` of the idempotency key, by which a page knows its own post.
    """

    post: PostData
    thread: ThreadData
    key_hash: NotRequired[str]


class ThreadEventData(TypedDict):
    """Data of ``thread.created`` and ``thread.changed``."""

    thread: ThreadData


class MemberEventData(TypedDict):
    """Data of ``member.changed``."""

    member: CardData


class NotificationData(TypedDict):
    """Why a member is told of a post: it mentions them, quotes them, or is a reply in a thread that they watch."""

    id: int
    kind: Literal["mention", "quote", "reply"]
    by: str
    thread_id: int
    title: str
    post_id: int
    number: int
    created_ms: int
    is_read: bool


class NotifiedEventData(TypedDict):
    """Data of ``notified``: how many are unread now, and the one that is told of.

    ``notification`` is None where only the number has changed, and where the member may not read the post any more.
    """

    unread: int
    notification: NotificationData | None


class ModerationEventData(TypedDict):
    """Data of ``moderation.changed``: empty. Each of the staff asks for what they may see of it."""


class VoidEventData(TypedDict):
    """Data of ``void``: empty. The thing left the channel, its seq is used all the same."""


EventData = PostEventData | ThreadEventData | MemberEventData | NotifiedEventData | ModerationEventData


class LimitsData(TypedDict):
    """What this server takes from one connection. A message costs one token of a bucket of ``message_burst``."""

    message_bytes: int
    messages_per_s: int
    message_burst: int
    subscriptions: int
    subscriptions_per_message: int


class WhoData(TypedDict):
    """Who the server takes the client for. It never changes on a connection."""

    id: int
    name: str


class PresenceData(TypedDict):
    """Data of the signal ``presence``: how many read and write in a thread, now or a second ago.

    ``readers`` and ``writers`` name a few of them: members who do not hide. Guests and those who hide only count.
    """

    reading: int
    writing: int
    readers: list[WhoData]
    writers: list[WhoData]


class MarkedData(TypedDict):
    """Data of the signal ``marked``: up to which number the member has read a thread, in whatever window.

    A mark only grows. ``thread_id`` is None where many threads were read at once: what is unread is to be asked again.
    """

    thread_id: int | None
    number: int


class HelloData(TypedDict):
    """Data of ``hello``. ``server`` is name/version, ``protocol`` is 1, ``member`` is None for a guest."""

    server: str
    protocol: int
    heartbeat_ms: int
    limits: LimitsData
    member: WhoData | None
