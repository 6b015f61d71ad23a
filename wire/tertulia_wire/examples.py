"""One example of each message. The reference, the AsyncAPI document and the tests all show these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertulia_wire import events, signals
from tertulia_wire import messages as m
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import CardData, HelloData, MarkedData, NotificationData, PostData, PresenceData, ThreadData
from tertulia_wire.hello import hello_data

EPOCH = "k3v9q2x7"

CARD: CardData = {
    "id": 42,
    "version": 8,
    "name": "Marisol",
    "rank": "ELITE MEMBER",
    "is_banned": False,
    "is_bot": False,
    "joined_day": "2011-10-21",
    "positive": 310,
    "messages": 1204,
    "negative": 7,
}

POST: PostData = {
    "id": 431,
    "version": 1,
    "thread_id": 17,
    "number": 25,
    "author": CARD,
    "format": "markdown",
    "text": "I *agree*.",
    "html": "<p>I <em>agree</em>.</p>\n",
    "created_ms": 1_763_884_800_000,
    "created_day": None,
    "edited_ms": None,
    "is_removed": False,
    "positive": 3,
    "negative": 0,
}

THREAD: ThreadData = {
    "id": 17,
    "version": 26,
    "forum_id": 3,
    "title": "Where shall we meet?",
    "slug": "where-shall-we-meet",
    "starter": "Ignacio",
    "started_ms": None,
    "started_day": "2011-10-21",
    "post_count": 25,
    "last_number": 25,
    "last_post_ms": 1_763_884_800_000,
    "last_post_by": "Marisol",
    "is_locked": False,
    "is_pinned": False,
    "is_merged": False,
    "moved_count": 0,
}

HELLO: HelloData = hello_data(heartbeat_ms=25_000, member={"id": 42, "name": "Marisol"})

PRESENCE: PresenceData = {
    "reading": 12,
    "writing": 1,
    "readers": [{"id": 9, "name": "Ignacio"}, {"id": 42, "name": "Marisol"}],
    "writers": [{"id": 42, "name": "Marisol"}],
}

MARKED: MarkedData = {"thread_id": 17, "number": 25}

SIGNAL_EXAMPLES: dict[str, m.Signal] = {
    signals.PRESENCE: m.Signal("thread:17", signals.PRESENCE, {**PRESENCE}),
    signals.MARKED: m.Signal("member:42", signals.MARKED, {**MARKED}),
}

_EDITED: PostData = {
    **POST,
    "version": 2,
    "text": "I agree.",
    "html": "<p>I agree.</p>\n",
    "edited_ms": 1_763_884_860_000,
}
_REMOVED: PostData = {**_EDITED, "version": 3, "text": None, "html": None, "is_removed": True}
_RATED: PostData = {**POST, "version": 2, "positive": 4, "author": {**CARD, "version": 9, "positive": 311}}
_NOTIFICATION: NotificationData = {
    "id": 88,
    "kind": "mention",
    "by": "Ignacio",
    "thread_id": 17,
    "title": "Where shall we meet?",
    "post_id": 431,
    "number": 25,
    "created_ms": 1_763_884_801_000,
    "is_read": False,
}

EVENT_EXAMPLES: dict[str, Mapping[str, Any]] = {
    events.POST_CREATED: {"post": POST, "thread": THREAD, "key_hash": events.key_hash("2f6c1f0e9b7d4a55")},
    events.POST_EDITED: {"post": _EDITED, "thread": THREAD},
    events.POST_REMOVED: {"post": _REMOVED, "thread": {**THREAD, "version": 27, "post_count": 24}},
    events.POST_RATED: {"post": _RATED, "thread": THREAD},
    events.THREAD_CREATED: {"thread": {**THREAD, "version": 1, "post_count": 1, "last_number": 1}},
    events.THREAD_CHANGED: {"thread": {**THREAD, "version": 27, "is_locked": True}},
    events.MEMBER_CHANGED: {"member": {**CARD, "version": 9, "rank": "BANNED", "is_banned": True}},
    events.NOTIFIED: {"unread": 3, "notification": _NOTIFICATION},
    events.MODERATION_CHANGED: {},
    events.VOID: {},
}

CLIENT_EXAMPLES: tuple[m.ClientMessage, ...] = (
    m.Subscribe(1, [("thread:17", Cursor(EPOCH, 40)), ("site", None)]),
    m.Unsubscribe(2, ["site"]),
    m.SendSignal("thread:17", "typing"),
    m.Ping(3),
)

SERVER_EXAMPLES: tuple[m.ServerMessage, ...] = (
    m.Hello({**HELLO}),
    m.Subscribed(
        1,
        [
            m.Accepted("thread:17", Cursor(EPOCH, 40), 43),
            m.Refused("thread:18", Code.UNKNOWN_CHANNEL, "There is no such channel."),
        ],
    ),
    m.Event("thread:17", 41, events.POST_CREATED, EVENT_EXAMPLES[events.POST_CREATED]),
    SIGNAL_EXAMPLES[signals.PRESENCE],
    m.Reset("thread:17", Cursor(EPOCH, 43), "trimmed"),
    m.Unsubscribed("site", "asked"),
    m.Error(4, Code.RATE_LIMITED, "Too many requests at once. Slow down.", 2_000),
    m.Drain(1_730),
    m.Pong(3),
)


def event_example(name: str) -> m.Event:
    """The example of one event, in a channel that carries it."""
    channels = {events.MEMBER_CHANGED: "site", events.NOTIFIED: "member:42", events.MODERATION_CHANGED: "moderation"}
    return m.Event(channels.get(name, "thread:17"), 41, name, EVENT_EXAMPLES[name])
