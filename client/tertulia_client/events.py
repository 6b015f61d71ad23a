"""Events as a program likes to have them: one frozen class for each name, made from the maps of the wire.

- `Event`: any event, also of a name that this release does not know
  - `PostEvent`: `PostCreated`, `PostEdited`, `PostRemoved`, `PostRated`
  - `ThreadEvent`: `ThreadCreated`, `ThreadChanged`
  - `MemberChanged`
  - `Notified`
  - `ModerationChanged`
- `Reset`: no event; the server says to start a channel over
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, Self

from tertulia_client.api import Mark, PostReceipt
from tertulia_client.errors import ClientError
from tertulia_client.notices import ChannelEnded, ChannelReset, EventReceived, Notice
from tertulia_wire import events as names
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import CardData, NotificationData, ThreadData


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote something: the card beside a post."""

    id: int
    name: str
    rank: str
    is_banned: bool
    is_bot: bool
    joined_day: str | None
    positive: int
    messages: int
    negative: int

    @classmethod
    def of(cls, card: CardData) -> Self:
        return cls(
            id=card["id"],
            name=card["name"],
            rank=card["rank"],
            is_banned=card["is_banned"],
            is_bot=card["is_bot"],
            joined_day=card["joined_day"],
            positive=card["positive"],
            messages=card["messages"],
            negative=card["negative"],
        )


@dataclass(frozen=True, slots=True)
class Thread:
    """The thread of an event, as it is now. ``last_number`` is the highest number given to a post."""

    id: int
    forum_id: int
    title: str
    starter: str
    post_count: int
    last_number: int
    is_locked: bool
    is_pinned: bool

    @classmethod
    def of(cls, thread: ThreadData) -> Self:
        return cls(
            id=thread["id"],
            forum_id=thread["forum_id"],
            title=thread["title"],
            starter=thread["starter"],
            post_count=thread["post_count"],
            last_number=thread["last_number"],
            is_locked=thread["is_locked"],
            is_pinned=thread["is_pinned"],
        )


class Answers(Protocol):
    """Whoever carries an answer to an event to the server."""

    async def reply(self, thread_id: int, text: str) -> PostReceipt: ...

    async def rate(self, post_id: int, mark: Mark) -> None: ...

    async def remove(self, post_id: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Event:
    """``cursor`` is the place after the event in its channel; ``data`` the map as it came."""

    channel: str
    seq: int
    name: str
    cursor: Cursor
    data: Mapping[str, Any] = field(repr=False)

    @property
    def lane(self) -> str:
        """Events of one lane are handled one after the other."""
        return self.channel

    @property
    def about(self) -> tuple[str, int, int] | None:
        """Name, id and version: what tells that two channels brought the same event; None if nothing does."""
        return None


@dataclass(frozen=True, slots=True)
class ThreadEvent(Event):
    """Something about a thread."""

    thread: Thread
    version: int

    @property
    def lane(self) -> str:
        return f"thread:{self.thread.id}"

    @property
    def about(self) -> tuple[str, int, int] | None:
        return self.name, self.thread.id, self.version


@dataclass(frozen=True, slots=True)
class ThreadCreated(ThreadEvent):
    """A thread was begun; its first post comes as an event of its own."""


@dataclass(frozen=True, slots=True)
class ThreadChanged(ThreadEvent):
    """Title, lock, pin or place of a thread."""


@dataclass(frozen=True, slots=True)
class PostEvent(Event):
    """Something about a post, as the post is now: ``text`` and ``html`` are empty once it is removed.

    ``created`` is None for posts that were imported without a time.
    """

    id: int
    number: int
    version: int
    text: str
    html: str
    author: Author
    thread: Thread
    created: datetime | None
    is_removed: bool
    positive: int = 0
    negative: int = 0
    answers: Answers | None = field(default=None, repr=False, compare=False)

    @property
    def lane(self) -> str:
        return f"thread:{self.thread.id}"

    @property
    def about(self) -> tuple[str, int, int] | None:
        return self.name, self.id, self.version

    async def reply(self, text: str) -> PostReceipt:
        """Post in the same thread, once, however often the event is handled; `ApiError` when it is refused."""
        return await self._answers().reply(self.thread.id, text)

    async def quote(self, text: str) -> PostReceipt:
        """The same, below a quotation of this post that links back to it."""
        lines = "\n".join(f"> {line}" for line in self.text.splitlines())
        source = f"> [{self.author.name}, #{self.number}](/posts/{self.id})"
        return await self.reply(f"{source}\n>\n{lines}\n\n{text}")

    async def rate(self, mark: Mark) -> None:
        """Give this post a mark, ``positive`` or ``negative``, or take it back with ``none``."""
        await self._answers().rate(self.id, mark)

    async def remove(self) -> None:
        """Remove this post, if the bot's token may; once removed it stays so."""
        await self._answers().remove(self.id)

    def _answers(self) -> Answers:
        if self.answers is None:
            raise ClientError("Only an event that a bot hands to its handler can be answered.")
        return self.answers


@dataclass(frozen=True, slots=True)
class PostCreated(PostEvent):
    """A new post."""

    @property
    def about(self) -> tuple[str, int, int] | None:
        return self.name, self.id, 0  # a post is created once, whatever its version is by now


@dataclass(frozen=True, slots=True)
class PostEdited(PostEvent):
    """A post's text was replaced, or the post is there again after its removal."""


@dataclass(frozen=True, slots=True)
class PostRemoved(PostEvent):
    """A post was removed; its number stays."""


@dataclass(frozen=True, slots=True)
class PostRated(PostEvent):
    """Somebody rated a post: ``positive`` and ``negative`` count who did; the author's card has moved as well."""


@dataclass(frozen=True, slots=True)
class MemberChanged(Event):
    """A member's card was changed by hand."""

    member: Author
    version: int

    @property
    def about(self) -> tuple[str, int, int] | None:
        return self.name, self.member.id, self.version


@dataclass(frozen=True, slots=True)
class ModerationChanged(Event):
    """In `moderation`, which the staff may follow: something was reported or done; what it is, the API tells."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Why a member is told of a post: it mentions or quotes them, or is a reply in a thread that they watch."""

    id: int
    kind: Literal["mention", "quote", "reply"]
    by: str
    thread_id: int
    title: str
    post_id: int
    number: int
    created: datetime
    is_read: bool

    @classmethod
    def of(cls, told: NotificationData) -> Self:
        return cls(
            id=told["id"],
            kind=told["kind"],
            by=told["by"],
            thread_id=told["thread_id"],
            title=told["title"],
            post_id=told["post_id"],
            number=told["number"],
            created=datetime.fromtimestamp(told["created_ms"] / 1000, UTC),
            is_read=told["is_read"],
        )


@dataclass(frozen=True, slots=True)
class Notified(Event):
    """In a member's own channel: how many notifications are unread now, and the one that this is about.

    ``notification`` is None where only the number has changed, or the post may not be read any more.
    """

    unread: int
    notification: Notification | None


@dataclass(frozen=True, slots=True)
class Reset:
    """What was known of the channel no longer holds; events after ``cursor`` follow."""

    channel: str
    cursor: Cursor
    reason: str

    @property
    def lane(self) -> str:
        return self.channel


_POSTS: Mapping[str, type[PostEvent]] = {
    names.POST_CREATED: PostCreated,
    names.POST_EDITED: PostEdited,
    names.POST_REMOVED: PostRemoved,
    names.POST_RATED: PostRated,
}
_THREADS: Mapping[str, type[ThreadEvent]] = {
    names.THREAD_CREATED: ThreadCreated,
    names.THREAD_CHANGED: ThreadChanged,
}


def read_notice(notice: Notice) -> Event | Reset | None:
    """What a notice tells those who follow; None for the rest. `FollowRefused` when the channel has ended."""
    match notice:
        case EventReceived():
            return read_event(notice)
        case ChannelReset(channel, cursor, reason):
            return Reset(channel, cursor, reason)
        case ChannelEnded():
            raise notice.as_error()
        case _:
            return None


def read_event(received: EventReceived) -> Event:
    """The typed event; a plain `Event` if the name is new or the data are not as this release knows them."""
    try:
        return _typed(received)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return _plain(received)


def _plain(received: EventReceived) -> Event:
    return Event(received.channel, received.seq, received.name, received.cursor, received.data)


def _typed(received: EventReceived) -> Event:
    name, data = received.name, received.data
    place = (received.channel, received.seq, name, received.cursor, data)
    if name in _POSTS:
        post = data["post"]
        return _POSTS[name](
            *place,
            id=post["id"],
            number=post["number"],
            version=post["version"],
            text=post["text"] or "",
            html=post["html"] or "",
            author=Author.of(post["author"]),
            thread=Thread.of(data["thread"]),
            created=_time_of(post["created_ms"]),
            is_removed=post["is_removed"],
            positive=post.get("positive", 0),
            negative=post.get("negative", 0),
        )
    if name in _THREADS:
        return _THREADS[name](*place, thread=Thread.of(data["thread"]), version=data["thread"]["version"])
    if name == names.MEMBER_CHANGED:
        return MemberChanged(*place, member=Author.of(data["member"]), version=data["member"]["version"])
    if name == names.NOTIFIED:
        told = data["notification"]
        return Notified(*place, unread=data["unread"], notification=None if told is None else Notification.of(told))
    if name == names.MODERATION_CHANGED:
        return ModerationChanged(*place)
    return _plain(received)


def _time_of(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
