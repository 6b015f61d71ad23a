"""Shapes of the part of the JSON API that moderates."""

from __future__ import annotations

from typing import Any, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from tertulia_server.forum.moderation import MAX_REASON_CHARS
from tertulia_server.store.moving_posts import MAX_MOVED_POSTS
from tertulia_server.web.shapes import BanData, CursorPair
from tertulia_wire.data import CardData, ThreadData
from tertulia_wire.limits import MAX_TITLE_CHARS


class ChangeThreadBody(BaseModel):
    """What is to be changed of a thread; what is left out stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")
    title: str | None = Field(None, description=f"1 to {MAX_TITLE_CHARS} characters.")
    is_locked: bool | None = Field(None, description="Whether only moderators may post in it.")
    is_pinned: bool | None = Field(None, description="Whether it stands at the top of its forum.")


class BanBody(BaseModel):
    """Why a member is banned, and for how long."""

    model_config = ConfigDict(strict=True, extra="forbid")
    reason: str = Field(description=f"1 to {MAX_REASON_CHARS} characters; the member reads it.")
    for_s: int | None = Field(None, ge=1, le=10 * 366 * 24 * 60 * 60, description="Seconds; without it, for good.")


class BanStateData(TypedDict):
    """A member's card after a ban or its end; ``ban`` is None for who is not banned."""

    member: CardData
    ban: BanData | None


class MoveThreadBody(BaseModel):
    """Where a thread goes."""

    model_config = ConfigDict(strict=True, extra="forbid")
    forum_id: int = Field(ge=1, lt=2**53, description="A forum in which the moderator may post.")


class MergeThreadBody(BaseModel):
    """Where all posts of a thread go."""

    model_config = ConfigDict(strict=True, extra="forbid")
    thread_id: int = Field(ge=1, lt=2**53, description="Another thread that the moderator moderates.")


class MovePostsBody(BaseModel):
    """Which posts go to the end of another thread."""

    model_config = ConfigDict(strict=True, extra="forbid")
    post_ids: list[int] = Field(min_length=1, max_length=MAX_MOVED_POSTS, description="Posts of this thread.")
    thread_id: int = Field(ge=1, lt=2**53, description="Another thread that the moderator moderates.")


class SplitThreadBody(BaseModel):
    """Which posts begin a thread of their own."""

    model_config = ConfigDict(strict=True, extra="forbid")
    post_ids: list[int] = Field(min_length=1, max_length=MAX_MOVED_POSTS, description="Posts of this thread.")
    title: str = Field(description=f"1 to {MAX_TITLE_CHARS} characters.")


class ReportBody(BaseModel):
    """What is wrong with a post."""

    model_config = ConfigDict(strict=True, extra="forbid")
    reason: str = Field(description=f"1 to {MAX_REASON_CHARS} characters, for those who moderate the forum.")


class ReportTakenData(TypedDict):
    """The post that was reported."""

    post_id: int


class ReportsClosedData(TypedDict):
    """How many reports of a post were closed."""

    closed: int


class ReportData(TypedDict):
    """What one member said of a post."""

    reporter: str
    reason: str
    created_ms: int


class ReportedPostData(TypedDict):
    """A post in the queue. ``html`` is there also when it was removed."""

    id: int
    thread_id: int
    title: str
    forum_id: int
    forum: str
    number: int
    author_id: int
    author: str
    is_author_banned: bool
    html: str
    is_removed: bool
    reports: list[ReportData]


class QueueData(TypedDict):
    """The reported posts that wait longest, of the forums that the visitor moderates; ``count`` are all that wait."""

    posts: list[ReportedPostData]
    count: int


class AuditLineData(TypedDict):
    """What was done; names as they are now, ``detail`` as it was then. ``actor`` is None where the server did it."""

    id: int
    at_ms: int
    action: str
    actor: str | None
    forum_id: int | None
    thread_id: int | None
    post_id: int | None
    member_id: int | None
    member: str | None
    detail: dict[str, Any]


class AuditPageData(TypedDict):
    """Lines of the audit log, newest first; ``before`` asks for the next page, None at the end."""

    lines: list[AuditLineData]
    before: int | None


class ThreadChangeData(TypedDict):
    """A thread that was changed, and the cursor of its channel at the change."""

    thread: ThreadData
    cursor: CursorPair
