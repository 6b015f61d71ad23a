"""Shapes of the JSON API: what it takes (checked by pydantic) and what it gives (as the events give it)."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_wire.data import CardData, ForumData, NotificationData, PostData, ThreadData
from tertulia_wire.limits import MAX_POST_CHARS, MAX_TITLE_CHARS

CursorPair = tuple[str, int]
"""A cursor as JSON: the epoch and the seq."""


_DONE_WITH = "The version of the member's draft for this place that goes with the post; 0 for none."


class CreatePostBody(BaseModel):
    """A new post."""

    model_config = ConfigDict(strict=True)
    text: str = Field(description=f"Markdown, 1 to {MAX_POST_CHARS} characters.")
    draft: int = Field(0, ge=0, lt=2**53, description=_DONE_WITH)


class CreateThreadBody(BaseModel):
    """A new thread with its first post."""

    model_config = ConfigDict(strict=True)
    title: str = Field(description=f"1 to {MAX_TITLE_CHARS} characters.")
    text: str = Field(description=f"Markdown, 1 to {MAX_POST_CHARS} characters.")
    draft: int = Field(0, ge=0, lt=2**53, description=_DONE_WITH)


class EditPostBody(BaseModel):
    """A post's new text, and the version that it replaces."""

    model_config = ConfigDict(strict=True)
    text: str = Field(description=f"Markdown, 1 to {MAX_POST_CHARS} characters.")
    version: int = Field(ge=1, lt=2**53, description="The post's version when it was read; another is refused.")


MarkWord = Literal["positive", "none", "negative"]


class RatePostBody(BaseModel):
    """The mark that a post gets."""

    model_config = ConfigDict(strict=True)
    mark: MarkWord = Field(description="``none`` takes an earlier mark back.")


class ReadNotificationsBody(BaseModel):
    """The newest notification that was read."""

    model_config = ConfigDict(strict=True)
    until: int = Field(ge=1, lt=2**53, description="The id of a notification: those up to it are read.")


class WatchBody(BaseModel):
    """Whether to hear of a thread's replies."""

    model_config = ConfigDict(strict=True)
    is_watching: bool


class MarkBody(BaseModel):
    """How far one has read."""

    model_config = ConfigDict(strict=True)
    number: int = Field(ge=1, lt=2**31, description="The number of a post: those up to it are read.")


class ForumSummaryData(TypedDict):
    """A forum of the index with the thread that was last posted in."""

    forum: ForumData
    last_thread: ThreadData | None


class ForumsData(TypedDict):
    """All forums that the visitor may read, in their order."""

    forums: list[ForumSummaryData]


class ForumPageData(TypedDict):
    """A page of a forum's threads, and the cursor of the forum's channel in the same snapshot."""

    forum: ForumData
    threads: list[ThreadData]
    page: int
    page_count: int
    cursor: CursorPair


class ThreadDocument(TypedDict):
    """A thread and the cursor of its channel in the same snapshot."""

    thread: ThreadData
    forum: ForumData
    cursor: CursorPair


class MovedLineData(TypedDict):
    """A number whose post stands in another thread now: ask for the post by its id, for those who may read it there."""

    number: int
    post_id: int


class ThreadPageData(TypedDict):
    """A page of a thread's posts, and the cursor of the thread's channel in the same snapshot.

    ``marks`` are those that the member who asks has given, by the ids of the posts; empty for all others.
    """

    thread: ThreadData
    posts: list[PostData]
    page: int
    page_count: int
    cursor: CursorPair
    moved: list[MovedLineData]
    marks: dict[str, MarkWord]


class PostDocument(TypedDict):
    """A post and where it stands."""

    post: PostData
    thread: ThreadData
    page: int


class PostOutcomeData(TypedDict):
    """A post that was written, and the cursor of its thread's channel at its event.

    ``replayed``: the key was used before; this is the first outcome and nothing new was posted.
    """

    post: PostData
    thread: ThreadData
    cursor: CursorPair
    replayed: bool


class PostChangeData(TypedDict):
    """A post that was edited or removed, and the cursor of its thread's channel at the change."""

    post: PostData
    thread: ThreadData
    cursor: CursorPair


class RatingOutcomeData(TypedDict):
    """A post with its ratings as they are now, one's own mark, and the cursor of its thread's channel at the change."""

    post: PostData
    thread: ThreadData
    cursor: CursorPair
    mark: MarkWord


class LogData(TypedDict):
    """Events of a channel after a cursor, each as ``[channel, seq, name, data]``.

    ``cursor`` is that of the last event given; all has been read when its seq has reached ``head``.
    """

    events: list[tuple[str, int, str, dict[str, Any]]]
    cursor: CursorPair
    head: int


class BanData(TypedDict):
    """A ban, as the banned member is told of it; without ``until_ms`` it has no end."""

    reason: str
    until_ms: int | None


class MeData(TypedDict):
    """Who one is: ``member`` is None for a guest. ``ban`` is of somebody who is banned."""

    member: CardData | None
    role: Literal["guest", "member", "moderator", "administrator"]
    is_banned: bool
    ban: BanData | None


class NotificationsData(TypedDict):
    """A member's latest notifications, newest first; ``cursor`` is that of ``member:`` in the same snapshot.

    ``unread`` counts the member's webhooks that the server switched off as well.
    """

    notifications: list[NotificationData]
    unread: int
    cursor: CursorPair


class UnreadData(TypedDict):
    """How many notifications are unread."""

    unread: int


class WatchData(TypedDict):
    """Whether one hears of a thread's replies."""

    is_watching: bool


class MarkData(TypedDict):
    """The mark that was taken: it is kept unless there is a higher one."""

    number: int


class ProblemData(TypedDict):
    """A problem document (RFC 9457). ``code`` and ``name`` are of the protocol's table; its hundreds say what to do."""

    type: str
    title: str
    status: int
    code: int
    name: str
    detail: str
    retry_after_ms: NotRequired[int]
    reason: NotRequired[str]
    cursor: NotRequired[CursorPair]


class HealthData(TypedDict):
    """Of ``/healthz``: the process answers."""

    status: Literal["alive"]


class ReadinessData(TypedDict):
    """Of ``/readyz``. ``reasons`` are sentences about whatever is not well; ``degraded`` serves, only later."""

    status: Literal["ready", "degraded", "not ready"]
    reasons: list[str]
    store: Literal["connected", "away"]
    broker: Literal["connected", "away", "deaf"]
    sweep_age_ms: int
    rights_age_ms: int
    draining: bool
    epoch: str
