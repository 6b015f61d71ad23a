"""From rows of the log to events with their data: what is told is what is true now, not what was true then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from tertulia_server.broker.port import Publication
from tertulia_server.forum.models import EventDraft, LoggedEvent
from tertulia_server.store.members import read_cards
from tertulia_server.store.notifications import Told, count_unread, read_notifications
from tertulia_server.store.posts import PostRow, post_data, read_post_rows
from tertulia_server.store.renewing import renew_html
from tertulia_server.store.threads import read_threads
from tertulia_wire.channels import (
    MODERATION_CHANNEL,
    SITE_CHANNEL,
    ChannelKind,
    forum_channel,
    parse_channel,
    thread_channel,
)
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.data import (
    CardData,
    EventData,
    MemberEventData,
    ModerationEventData,
    NotificationData,
    NotifiedEventData,
    PostData,
    PostEventData,
    ThreadData,
    ThreadEventData,
)
from tertulia_wire.events import (
    MEMBER_CHANGED,
    MODERATION_CHANGED,
    NOTIFIED,
    POST_CREATED,
    POST_EDITED,
    POST_RATED,
    POST_REMOVED,
    THREAD_CHANGED,
    THREAD_CREATED,
    VOID,
)
from tertulia_wire.messages import Event

_POST_EVENTS: Final = frozenset({POST_CREATED, POST_EDITED, POST_REMOVED, POST_RATED})
_THREAD_EVENTS: Final = frozenset({THREAD_CREATED, THREAD_CHANGED})
_MEMBER_EVENTS: Final = frozenset({MEMBER_CHANGED})
_NOTIFICATION_EVENTS: Final = frozenset({NOTIFIED})
_NOTHING: Final[Mapping[str, Any]] = {}


class RenderedEvent(NamedTuple):
    """An event as its channel's readers get it; ``void`` with empty data where there is nothing to see."""

    channel: str
    seq: int
    name: str
    about_id: int
    data: EventData | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What the transaction has in its hands already, by id: it is not read again."""

    rows: Mapping[int, PostRow] = field(default_factory=dict)
    cards: Mapping[int, CardData] = field(default_factory=dict)
    threads: Mapping[int, ThreadData] = field(default_factory=dict)


class Things(NamedTuple):
    """The current state of all that a batch of events is about."""

    rows: Mapping[int, PostRow]
    posts: Mapping[int, PostData]
    threads: Mapping[int, ThreadData]
    cards: Mapping[int, CardData]
    notifications: Mapping[Told, NotificationData]
    unread: Mapping[int, int]


_NOTHING_KNOWN: Final = Known()
_Tellable = EventDraft | LoggedEvent


def render_events(conn: Connection, logged: Sequence[LoggedEvent]) -> list[RenderedEvent]:
    """Render a batch in its order, with the same few queries whatever its size.

    An event becomes ``void`` when its thing is gone or has left the channel (a thread that was moved), and when this
    release does not know its name. A removed post is rendered without its text, also in its first event.
    """
    return render_with(read_things(conn, logged), logged)


def render_with(things: Things, logged: Sequence[LoggedEvent]) -> list[RenderedEvent]:
    """The same with what was read before."""
    return [_render(event, things) for event in logged]


def to_publication(epoch: str, rendered: RenderedEvent, rights_seq: int) -> Publication:
    """The event as the broker carries it: encoded here, once for everybody."""
    message = Event(rendered.channel, rendered.seq, rendered.name, rendered.data)
    payload = encode(message, Encoding.MSGPACK)
    return Publication(rendered.channel, epoch, rendered.seq, rendered.name, rendered.about_id, payload, rights_seq)


def read_things(conn: Connection, events: Sequence[_Tellable], known: Known = _NOTHING_KNOWN) -> Things:
    """All that these events are about, be they logged already or only drafted."""
    rows = {**known.rows, **read_post_rows(conn, _about(events, _POST_EVENTS) - known.rows.keys())}
    member_ids = {row.author_id for row in rows.values()} | _about(events, _MEMBER_EVENTS)
    unknown_ids = member_ids - known.cards.keys()
    cards = {**known.cards, **(read_cards(conn, unknown_ids) if unknown_ids else {})}
    renewed = renew_html(conn, rows.values())
    posts = {row.id: post_data(row, cards[row.author_id], renewed) for row in rows.values()}
    thread_ids = {row.thread_id for row in rows.values()} | _about(events, _THREAD_EVENTS)
    threads = {**known.threads, **read_threads(conn, thread_ids - known.threads.keys())}
    told = read_notifications(conn, _about(events, _NOTIFICATION_EVENTS) - {0})
    unread = count_unread(conn, {_owner(event) for event in events if event.name == NOTIFIED} - {0})
    return Things(rows, posts, threads, cards, told, unread)


def _about(events: Iterable[_Tellable], names: frozenset[str]) -> set[int]:
    return {event.about_id for event in events if event.name in names}


def _render(event: LoggedEvent, things: Things) -> RenderedEvent:
    data = _data(event, things)
    if data is None:
        return RenderedEvent(event.channel, event.seq, VOID, event.about_id, _NOTHING)
    return RenderedEvent(event.channel, event.seq, event.name, event.about_id, data)


def _data(event: LoggedEvent, things: Things) -> EventData | None:
    if event.name in _POST_EVENTS:
        return _post_event(event, things)
    if event.name in _THREAD_EVENTS:
        thread = things.threads.get(event.about_id)
        return ThreadEventData(thread=thread) if thread and _belongs(thread, event.channel) else None
    if event.name in _NOTIFICATION_EVENTS:
        return _notified(event, things)
    if event.name in _MEMBER_EVENTS and event.channel == SITE_CHANNEL:
        card = things.cards.get(event.about_id)
        return MemberEventData(member=card) if card else None
    if event.name == MODERATION_CHANGED and event.channel == MODERATION_CHANNEL:
        return ModerationEventData()
    return None


def _post_event(event: LoggedEvent, things: Things) -> PostEventData | None:
    post = things.posts.get(event.about_id)
    if post is None:
        return None
    thread = things.threads[post["thread_id"]]
    if not _belongs(thread, event.channel):
        return None
    data = PostEventData(post=post, thread=thread)
    key_hash = things.rows[post["id"]].key_hash
    if event.name == POST_CREATED and key_hash is not None:
        data["key_hash"] = key_hash
    return data


def _notified(event: LoggedEvent, things: Things) -> NotifiedEventData | None:
    member_id = _owner(event)
    unread = things.unread.get(member_id)
    if unread is None:
        return None
    return NotifiedEventData(unread=unread, notification=things.notifications.get(Told(event.about_id, member_id)))


def _owner(event: _Tellable) -> int:
    """The member whose channel it is; 0 for a channel of another kind."""
    kind, member_id = parse_channel(event.channel)
    return member_id if kind is ChannelKind.MEMBER else 0


def _belongs(thread: ThreadData, channel: str) -> bool:
    return channel in (thread_channel(thread["id"]), forum_channel(thread["forum_id"]))
