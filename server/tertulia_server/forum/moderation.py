"""What those who moderate can do, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.characters import clean, is_blank
from tertulia_wire.codes import Code

MAX_REASON_CHARS: Final = 500


class AuditAction(Enum):
    """What the audit log tells of. The values are kept in the database: they are never renamed."""

    THREAD_LOCKED = "thread.locked"
    THREAD_UNLOCKED = "thread.unlocked"
    THREAD_PINNED = "thread.pinned"
    THREAD_UNPINNED = "thread.unpinned"
    THREAD_RENAMED = "thread.renamed"
    THREAD_MOVED = "thread.moved"
    THREAD_MERGED = "thread.merged"
    THREAD_SPLIT = "thread.split"
    POSTS_MOVED = "posts.moved"
    POST_REMOVED = "post.removed"
    POST_RESTORED = "post.restored"
    REPORTS_CLOSED = "reports.closed"
    MEMBER_BANNED = "member.banned"
    MEMBER_UNBANNED = "member.unbanned"
    BAN_ENDED = "ban.ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log. ``actor_id`` is None for the command line and for what ended by itself.

    ``detail`` holds names, titles and reasons as they were then.
    """

    at_ms: int
    actor_id: int | None
    action: AuditAction
    forum_id: int | None = None
    thread_id: int | None = None
    post_id: int | None = None
    member_id: int | None = None
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadChange:
    """What is to be changed of a thread; None leaves a thing as it is. The title has been checked."""

    title: str | None = None
    slug: str | None = None
    is_locked: bool | None = None
    is_pinned: bool | None = None


def check_reason(reason: str, *, is_required: bool = True) -> str:
    """The reason in one line of words. `Refusal` with ``INVALID`` if it is missing or too long."""
    reason = " ".join(clean(reason).split())
    if is_required and is_blank(reason):
        raise Refusal(Code.INVALID, "Say why, in a few words.")
    if len(reason) > MAX_REASON_CHARS:
        raise Refusal(Code.INVALID, Sentence("A reason has at most %(most)s characters.", most=MAX_REASON_CHARS))
    return reason
