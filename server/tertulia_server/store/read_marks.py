"""Marks: how far members have read. A mark is a number of a thread, and it only grows: what is told twice, late or in
another order leaves the same mark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, case, func, literal, select
from sqlalchemy.dialects.postgresql import Insert, insert

from tertulia_server.store.schema import members, read_floors, read_marks, threads

UNREAD_DAYS: Final = 30
"""Threads in which nobody posted for so long count as read: what a member may have to read is bounded by it."""

FRESH_MS: Final = 10 * 60 * 1000
"""`mark_all_read` marks threads posted in since then one by one: a clock cannot tell what was committed just now."""

MAX_FRESH_THREADS: Final = 5_000

_DAY_MS: Final = 24 * 60 * 60 * 1000


class ReadMark(NamedTuple):
    """A member has seen a thread's posts up to this number."""

    member_id: int
    thread_id: int
    number: int


def _raising(mark: Insert) -> Insert:
    """A mark that is there is raised, never lowered, and not written where it stays."""
    return mark.on_conflict_do_update(
        index_elements=[read_marks.c.member_id, read_marks.c.thread_id],
        set_={"last_read": mark.excluded.last_read},
        where=read_marks.c.last_read < mark.excluded.last_read,
    )


_COLUMNS: Final = ["member_id", "thread_id", "last_read"]
_number = bindparam("number", type_=read_marks.c.last_read.type)
_RAISE: Final = _raising(
    insert(read_marks).from_select(
        _COLUMNS,
        select(
            bindparam("reader", type_=read_marks.c.member_id.type),
            threads.c.id,
            case((_number < threads.c.last_number, _number), else_=threads.c.last_number),
        ).where(threads.c.id == bindparam("read_thread")),
    )
)
_RAISE_FRESH: Final = _raising(
    insert(read_marks).from_select(
        _COLUMNS,
        select(bindparam("reader", type_=read_marks.c.member_id.type), threads.c.id, threads.c.last_number)
        .where(threads.c.forum_id == bindparam("read_forum"), threads.c.bumped_ms > bindparam("since_ms"))
        .order_by(threads.c.bumped_ms.desc())
        .limit(MAX_FRESH_THREADS),
    )
)
_NEW_FLOOR: Final = insert(read_floors).values(
    member_id=bindparam("reader"), forum_id=bindparam("read_forum"), before_ms=bindparam("before_ms")
)
_RAISE_FLOOR: Final = _NEW_FLOOR.on_conflict_do_update(
    index_elements=[read_floors.c.member_id, read_floors.c.forum_id],
    set_={"before_ms": _NEW_FLOOR.excluded.before_ms},
    where=read_floors.c.before_ms < _NEW_FLOOR.excluded.before_ms,
)
_MARK: Final = select(read_marks.c.last_read).where(
    read_marks.c.member_id == bindparam("reader"), read_marks.c.thread_id == bindparam("read_thread")
)
_FLOORS: Final = select(read_floors.c.forum_id, read_floors.c.before_ms).where(
    read_floors.c.member_id == bindparam("reader")
)
_JOINED: Final = select(func.coalesce(members.c.joined_ms, literal(0))).where(members.c.id == bindparam("reader"))


def raise_marks(conn: Connection, marks: Iterable[ReadMark]) -> list[ReadMark]:
    """Raise these marks, none beyond its thread's last number; threads that are not there are left out.

    Returns those that are higher now than before.
    """
    return [mark for mark in sorted(marks) if _raise(conn, mark)]


def _raise(conn: Connection, mark: ReadMark) -> bool:
    values = {"reader": mark.member_id, "read_thread": mark.thread_id, "number": mark.number}
    return conn.execute(_RAISE, values).rowcount > 0


def mark_all_read(conn: Connection, member_id: int, forum_ids: Sequence[int], now_ms: int) -> None:
    """Everything that is in these forums now counts as read."""
    since_ms = now_ms - FRESH_MS
    for forum_id in sorted(forum_ids):
        conn.execute(_RAISE_FRESH, {"reader": member_id, "read_forum": forum_id, "since_ms": since_ms})
    for forum_id in sorted(forum_ids):
        conn.execute(_RAISE_FLOOR, {"reader": member_id, "read_forum": forum_id, "before_ms": since_ms})


def find_mark(conn: Connection, member_id: int, thread_id: int) -> int | None:
    """The highest number that the member has seen of the thread; None if they were never there."""
    return conn.execute(_MARK, {"reader": member_id, "read_thread": thread_id}).scalar_one_or_none()


class Floors(NamedTuple):
    """Per forum, until when its threads count as read without a mark."""

    lowest_ms: int
    by_forum: dict[int, int]

    def of(self, forum_id: int) -> int:
        return max(self.lowest_ms, self.by_forum.get(forum_id, 0))


def read_floors_of(conn: Connection, member_id: int, now_ms: int) -> Floors:
    """The member's floors; what was there before they joined is nothing that they have not read."""
    joined_ms = conn.execute(_JOINED, {"reader": member_id}).scalar_one_or_none() or 0
    found = {row.forum_id: row.before_ms for row in conn.execute(_FLOORS, {"reader": member_id})}
    lowest_ms = max(joined_ms, now_ms - UNREAD_DAYS * _DAY_MS)
    return Floors(lowest_ms, found)
