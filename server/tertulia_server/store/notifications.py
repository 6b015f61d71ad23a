"""Notifications: what a member was told of, what of it is unread, and the rights of now over all of it.

Whether one is read is worked out from the member's mark of the thread, unless they said so themselves. One whose post
was removed, or went where the member may not read, is not shown and not counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.forum.models import Visitor
from tertulia_server.forum.notifications import NotificationKind
from tertulia_server.forum.rights import may_read
from tertulia_server.store.forums import rules_in
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.members import read_members
from tertulia_server.store.moderators import read_visitors
from tertulia_server.store.schema import forums, members, notifications, posts, read_marks, threads, webhooks
from tertulia_wire.channels import member_channel
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import NotificationData

MAX_KEPT: Final = 500
"""Of each member's notifications; the oldest go first."""

NOTIFICATIONS_PER_PAGE: Final = 50

_author = members.alias("author")
_mark = and_(read_marks.c.member_id == notifications.c.member_id, read_marks.c.thread_id == posts.c.thread_id)
_is_read = case(
    (notifications.c.read_ms.is_not(None), literal(1)),
    (notifications.c.is_late, literal(0)),
    (posts.c.number <= func.coalesce(read_marks.c.last_read, literal(0)), literal(1)),
    else_=literal(0),
)
_PARTS: Final = (
    notifications.join(posts, posts.c.id == notifications.c.post_id)
    .join(threads, threads.c.id == posts.c.thread_id)
    .join(forums, forums.c.id == threads.c.forum_id)
    .join(_author, _author.c.id == posts.c.author_id)
    .outerjoin(read_marks, _mark)
)
_ROWS: Final[Select[Any]] = (
    select(
        notifications.c.id,
        notifications.c.member_id,
        notifications.c.kind,
        notifications.c.created_ms,
        posts.c.id.label("post_id"),
        posts.c.number,
        posts.c.thread_id,
        threads.c.title,
        forums.c.id.label("forum_id"),
        forums.c.audience,
        forums.c.posting,
        _author.c.name.label("by"),
        _is_read.label("is_read"),
    )
    .select_from(_PARTS)
    .where(posts.c.removed_ms.is_(None))
)
_BY_IDS: Final = _ROWS.where(notifications.c.id.in_(bindparam("ids", expanding=True)))
_LATEST: Final = (
    _ROWS.where(notifications.c.member_id == bindparam("reader"), notifications.c.id < bindparam("before"))
    .order_by(notifications.c.id.desc())
    .limit(NOTIFICATIONS_PER_PAGE)
)
_UNREAD: Final = union_all(
    select(
        notifications.c.member_id,
        forums.c.id.label("forum_id"),
        forums.c.audience,
        forums.c.posting,
        func.count().label("unread"),
    )
    .select_from(_PARTS)
    .where(
        notifications.c.member_id.in_(bindparam("readers", expanding=True)), _is_read == 0, posts.c.removed_ms.is_(None)
    )
    .group_by(notifications.c.member_id, forums.c.id, forums.c.audience, forums.c.posting),
    select(webhooks.c.owner_id, null(), null(), null(), func.count())
    .where(webhooks.c.owner_id.in_(bindparam("readers", expanding=True)), webhooks.c.notice_ms.is_not(None))
    .group_by(webhooks.c.owner_id),
)
"""By forum, for its rights; and what stands in none: webhooks that were switched off and not looked at."""
_TOLD_IN_THREAD: Final = (
    select(notifications.c.member_id)
    .select_from(_PARTS)
    .where(
        notifications.c.member_id.in_(bindparam("readers", expanding=True)),
        notifications.c.kind == NotificationKind.REPLY.value,
        posts.c.thread_id == bindparam("thread"),
        _is_read == 0,
        posts.c.removed_ms.is_(None),
    )
)
_INSERT: Final = insert(notifications).on_conflict_do_nothing().returning(notifications.c.id, notifications.c.member_id)
_SET_READ: Final = (
    update(notifications)
    .where(
        notifications.c.member_id == bindparam("reader"),
        notifications.c.id <= bindparam("until"),
        notifications.c.read_ms.is_(None),
    )
    .values(read_ms=bindparam("now_ms"))
)
_LATE: Final = select(notifications.c.id).where(
    notifications.c.member_id == bindparam("reader"),
    notifications.c.is_late,
    notifications.c.read_ms.is_(None),
    notifications.c.post_id.in_(
        select(posts.c.id).where(
            posts.c.thread_id == bindparam("thread"),
            posts.c.number >= bindparam("first"),
            posts.c.number < bindparam("end"),
        )
    ),
)
_SET_ONE_READ: Final = (
    update(notifications).where(notifications.c.id == bindparam("one_id")).values(read_ms=bindparam("now_ms"))
)
_OLDEST_KEPT: Final = (
    select(notifications.c.id)
    .where(notifications.c.member_id == bindparam("reader"))
    .order_by(notifications.c.id.desc())
    .offset(MAX_KEPT - 1)
    .limit(1)
)
_PRUNE: Final = delete(notifications).where(
    notifications.c.member_id == bindparam("reader"), notifications.c.id < bindparam("oldest")
)
_FIRST_BEFORE: Final = 2**53


@dataclass(frozen=True, slots=True)
class NewNotification:
    """That a member is to be told of a post. ``is_late``: of an edit, so that they may have been past it before."""

    member_id: int
    post_id: int
    kind: NotificationKind
    created_ms: int
    is_late: bool = False


class Told(NamedTuple):
    """A notification that was written."""

    id: int
    member_id: int


class Badge(NamedTuple):
    """What each page shows a member: how many are unread, and the cursor of their channel in the same snapshot."""

    unread: int
    cursor: Cursor


def insert_notifications(conn: Connection, new: Sequence[NewNotification]) -> list[Told]:
    """Write those that are not there yet; a member is told of a post once, whatever the reason."""
    rows = [
        {
            "member_id": one.member_id,
            "post_id": one.post_id,
            "kind": one.kind.value,
            "created_ms": one.created_ms,
            "is_late": one.is_late,
        }
        for one in sorted(new, key=lambda one: (one.member_id, one.post_id))
    ]
    return [Told(*row) for row in conn.execute(_INSERT, rows)] if rows else []


def prune_notifications(conn: Connection, member_ids: Iterable[int]) -> None:
    """Keep the last `MAX_KEPT` of each member."""
    for member_id in member_ids:
        oldest = conn.execute(_OLDEST_KEPT, {"reader": member_id}).scalar_one_or_none()
        if oldest is not None:
            conn.execute(_PRUNE, {"reader": member_id, "oldest": oldest})


def read_notifications(conn: Connection, ids: Collection[int]) -> dict[Told, NotificationData]:
    """Those of these that their members may read now."""
    if not ids:
        return {}
    rows = conn.execute(_BY_IDS, {"ids": sorted(ids)}).all()
    owners = {row.id: row.member_id for row in rows}
    return {Told(data["id"], owners[data["id"]]): data for data in _readable(conn, rows)}


def read_latest(conn: Connection, member_id: int, before: int = _FIRST_BEFORE) -> list[NotificationData]:
    """A page of a member's notifications, the newest first, those with an id below ``before``."""
    return _readable(conn, conn.execute(_LATEST, {"reader": member_id, "before": before}).all())


def count_unread(conn: Connection, member_ids: Collection[int]) -> dict[int, int]:
    """How many are unread of each of these members, at most `MAX_KEPT`; and their webhooks that were switched off."""
    if not member_ids:
        return {}
    counts = dict.fromkeys(member_ids, 0)
    rows = conn.execute(_UNREAD, {"readers": sorted(counts)}).all()
    visitors = _visitors(conn, [row for row in rows if row.forum_id is not None])
    for row in rows:
        if row.forum_id is None or may_read(visitors[row.member_id], rules_in(row)):
            counts[row.member_id] += row.unread
    return counts


def read_badges(conn: Connection, member_ids: Sequence[int]) -> dict[int, Badge]:
    """What pages show these members."""
    cursors = {member_id: read_cursor(conn, member_channel(member_id)) for member_id in member_ids}
    counts = count_unread(conn, member_ids)
    return {member_id: Badge(counts[member_id], cursors[member_id]) for member_id in member_ids}


def find_told_in_thread(conn: Connection, member_ids: Collection[int], thread_id: int) -> set[int]:
    """Those of the members who have not read yet that there are replies in the thread: once is enough."""
    if not member_ids:
        return set()
    rows = conn.execute(_TOLD_IN_THREAD, {"readers": sorted(member_ids), "thread": thread_id})
    return {member_id for (member_id,) in rows}


def set_notifications_read(conn: Connection, member_id: int, until_id: int, now_ms: int) -> bool:
    """The member has read those up to this id; whether any of them was unread in its own row."""
    return conn.execute(_SET_READ, {"reader": member_id, "until": until_id, "now_ms": now_ms}).rowcount > 0


def find_late(conn: Connection, member_id: int, thread_id: int, first: int, end: int) -> Sequence[int]:
    """Unread ones of edits of posts with ``first`` <= number < ``end``: the page that shows these is their reading."""
    values = {"reader": member_id, "thread": thread_id, "first": first, "end": end}
    return conn.execute(_LATE, values).scalars().all()


def set_late_read(conn: Connection, ids: Sequence[int], now_ms: int) -> None:
    """The member has seen what these tell."""
    for one_id in ids:
        conn.execute(_SET_ONE_READ, {"one_id": one_id, "now_ms": now_ms})


def _readable(conn: Connection, rows: Sequence[Row[Any]]) -> list[NotificationData]:
    visitors = _visitors(conn, rows)
    return [_data(row) for row in rows if may_read(visitors[row.member_id], rules_in(row))]


def _visitors(conn: Connection, rows: Sequence[Row[Any]]) -> dict[int, Visitor]:
    """The members whose notifications these are, with the rights of now."""
    return read_visitors(conn, list(read_members(conn, {row.member_id for row in rows}).values()))


def _data(row: Row[Any]) -> NotificationData:
    return NotificationData(
        id=row.id,
        kind=cast("Any", row.kind),
        by=row.by,
        thread_id=row.thread_id,
        title=row.title,
        post_id=row.post_id,
        number=row.number,
        created_ms=row.created_ms,
        is_read=bool(row.is_read),
    )
