"""Changes of rights, told to every worker: an internal channel of the log that nobody can subscribe to.

Whatever takes a right away writes an event here, in its own transaction, as one draft more among those that it
announces; or by `rights_changed`, as the last thing that it does, where it announces nothing else:

    announce(conn, [*drafts, member_rights(member_id)])
    return rights_changed(conn, member_rights(member_id))

Either way the announcement is published by the action after the commit, as that of a post is. An event says whose
rights to ask again, and not what they are now: that is read from the state when a worker comes to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from tertulia_server.forum.models import EventDraft, LoggedEvent
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.heads import read_heads
from tertulia_server.store.log import read_epoch, read_log
from tertulia_server.store.rights_seq import RIGHTS_CHANNEL

MEMBER_RIGHTS: Final = "member.rights"
FORUM_RIGHTS: Final = "forum.rights"
THREAD_RIGHTS: Final = "thread.rights"


@dataclass(frozen=True, slots=True)
class RightsNews:
    """What was logged after the place that was asked for, up to ``seq``.

    ``is_whole`` is False where something in between was trimmed, or is more than one reading gives: then everything
    has to be asked again.
    """

    epoch: str
    seq: int
    events: Sequence[LoggedEvent]
    is_whole: bool


def member_rights(member_id: int) -> EventDraft:
    """Somebody was banned, got or lost a role, was signed out, or had a token revoked."""
    return EventDraft(RIGHTS_CHANNEL, MEMBER_RIGHTS, member_id, 0)


def forum_rights(forum_id: int) -> EventDraft:
    """Others than before may read this forum and its threads, or a thread has left it."""
    return EventDraft(RIGHTS_CHANNEL, FORUM_RIGHTS, forum_id, 0)


def thread_rights(thread_id: int) -> EventDraft:
    """The thread stands in another forum."""
    return EventDraft(RIGHTS_CHANNEL, THREAD_RIGHTS, thread_id, 0)


def rights_changed(conn: Connection, *drafts: EventDraft) -> Announcement:
    """Log changes of rights where a transaction has nothing else to tell; its last statement, as `announce` is."""
    return announce(conn, drafts)


def read_rights(conn: Connection, after: int) -> RightsNews:
    """The changes after this seq, in one snapshot. A reading operation."""
    epoch = read_epoch(conn)
    head = read_heads(conn, [RIGHTS_CHANNEL])[RIGHTS_CHANNEL]
    events = read_log(conn, RIGHTS_CHANNEL, after, head.seq) if head.seq > after else []
    is_whole = head.seq - after == len(events)
    return RightsNews(epoch, head.seq, events, is_whole)
