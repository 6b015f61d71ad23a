"""What a member has not read, always worked out from their marks: which threads, how many of a forum, which post."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import Connection, String, and_, bindparam, case, cast, func, literal, select

from tertulia_server.store.pages import PostPlace, read_post
from tertulia_server.store.read_marks import find_mark, read_floors_of
from tertulia_server.store.schema import forums, posts, read_floors, read_marks, threads

MAX_COUNTED_THREADS: Final = 200
"""Of a forum's threads the last posted in are looked at; what is older is not counted."""

_last = posts.alias("last_post")
_mine = and_(read_marks.c.member_id == bindparam("reader"), read_marks.c.thread_id == threads.c.id)
_is_beyond_mark = _last.c.number > func.coalesce(read_marks.c.last_read, literal(0))

_UNREAD_OF: Final = (
    select(threads.c.id, threads.c.forum_id, threads.c.bumped_ms)
    .select_from(threads.join(_last, _last.c.id == threads.c.last_post_id).outerjoin(read_marks, _mine))
    .where(threads.c.id.in_(bindparam("ids", expanding=True)), _is_beyond_mark)
)
_floor = func.coalesce(read_floors.c.before_ms, literal(0))
_recent = (
    select(threads.c.id, threads.c.last_post_id)
    .where(
        threads.c.forum_id == forums.c.id,
        threads.c.bumped_ms > case((_floor > bindparam("lowest_ms"), _floor), else_=bindparam("lowest_ms")),
    )
    .order_by(threads.c.bumped_ms.desc())
    .limit(MAX_COUNTED_THREADS)
    .correlate(forums, read_floors)
    .subquery("recent")
)
_mark = func.coalesce(read_marks.c.last_read, literal(0))
_end = cast(_recent.c.id, String) + ":" + cast(_last.c.number, String) + ":" + cast(_mark, String)
_unread_ends = (
    select(func.aggregate_strings(_end, ","))
    .select_from(
        _recent.join(_last, _last.c.id == _recent.c.last_post_id).outerjoin(
            read_marks,
            and_(read_marks.c.member_id == bindparam("reader"), read_marks.c.thread_id == _recent.c.id),
        )
    )
    .where(_is_beyond_mark)
    .scalar_subquery()
)
_UNREAD: Final = select(forums.c.id, _unread_ends.label("ends")).select_from(
    forums.outerjoin(
        read_floors, and_(read_floors.c.member_id == bindparam("reader"), read_floors.c.forum_id == forums.c.id)
    )
)
_END: Final = (
    select(threads.c.forum_id, threads.c.bumped_ms, threads.c.last_post_id, _last.c.number)
    .select_from(threads.join(_last, _last.c.id == threads.c.last_post_id))
    .where(threads.c.id == bindparam("read_thread"))
)
_LAST_UNTIL: Final = (
    select(posts.c.number)
    .where(posts.c.thread_id == bindparam("read_thread"), posts.c.created_ms <= bindparam("until_ms"))
    .order_by(posts.c.number.desc())
    .limit(1)
)
_FIRST_AFTER: Final = (
    select(posts.c.id)
    .where(
        posts.c.thread_id == bindparam("read_thread"),
        posts.c.number > bindparam("after"),
        posts.c.removed_ms.is_(None),
    )
    .order_by(posts.c.number)
    .limit(1)
)


class UnreadEnd(NamedTuple):
    """Where an unread thread ends, and up to where its reader has come (0: never there)."""

    number: int
    mark: int


def find_unread_threads(conn: Connection, member_id: int, thread_ids: Collection[int], now_ms: int) -> set[int]:
    """Those of the threads in which something is there that the member has not seen."""
    if not thread_ids:
        return set()
    floors = read_floors_of(conn, member_id, now_ms)
    rows = conn.execute(_UNREAD_OF, {"reader": member_id, "ids": sorted(thread_ids)})
    return {row.id for row in rows if row.bumped_ms > floors.of(row.forum_id)}


def read_unread_threads(conn: Connection, member_id: int, now_ms: int) -> dict[int, dict[int, UnreadEnd]]:
    """Of each forum the unread threads with their ends; forums without any are left out.

    The last `MAX_COUNTED_THREADS` of a forum are looked at. All forums, whoever may read them: narrow before showing.
    """
    lowest_ms = read_floors_of(conn, member_id, now_ms).lowest_ms
    rows = conn.execute(_UNREAD, {"reader": member_id, "lowest_ms": lowest_ms})
    return {row.id: _parse_ends(row.ends) for row in rows if row.ends}


def _parse_ends(text: str) -> dict[int, UnreadEnd]:
    ends = (end.split(":") for end in text.split(","))
    return {int(thread_id): UnreadEnd(int(number), int(mark)) for thread_id, number, mark in ends}


def find_first_unread(
    conn: Connection, member_id: int | None, thread_id: int, now_ms: int, *, after: int | None = None
) -> PostPlace | None:
    """The first post that was not seen; the newest one if all were; None if there is no such thread, or no post.

    ``after`` is the number that a guest's own device remembers.
    """
    end = conn.execute(_END, {"read_thread": thread_id}).one_or_none()
    if end is None:
        return None
    seen = after if member_id is None else _seen_number(conn, member_id, thread_id, end.forum_id, end.bumped_ms, now_ms)
    first = conn.execute(_FIRST_AFTER, {"read_thread": thread_id, "after": seen or 0}).scalar_one_or_none()
    return read_post(conn, end.last_post_id if first is None else first)


def find_newest(conn: Connection, thread_id: int) -> PostPlace | None:
    """The last post of the thread that was not removed; None if there is none."""
    end = conn.execute(_END, {"read_thread": thread_id}).one_or_none()
    return None if end is None else read_post(conn, end.last_post_id)


def _seen_number(
    conn: Connection, member_id: int, thread_id: int, forum_id: int, bumped_ms: int, now_ms: int
) -> int | None:
    """Up to where the member has read, or need not read."""
    floor_ms = read_floors_of(conn, member_id, now_ms).of(forum_id)
    mark = find_mark(conn, member_id, thread_id)
    if mark is not None and bumped_ms > floor_ms:
        return mark
    until: int | None = conn.execute(_LAST_UNTIL, {"read_thread": thread_id, "until_ms": floor_ms}).scalar_one_or_none()
    return max(until or 0, mark or 0)
