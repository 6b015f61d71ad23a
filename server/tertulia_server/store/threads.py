"""Threads: reading them, beginning one, and the counters that a post moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import ForumRules
from tertulia_server.store.forums import rules_in
from tertulia_server.store.schema import forums, members, posts, threads
from tertulia_wire.codes import Code
from tertulia_wire.data import ThreadData

_starter = members.alias("starter")
_last_post = posts.alias("last_post")
_last_author = members.alias("last_author")

_THREAD_PARTS: Final = (
    threads.join(_starter, _starter.c.id == threads.c.starter_id)
    .outerjoin(_last_post, _last_post.c.id == threads.c.last_post_id)
    .outerjoin(_last_author, _last_author.c.id == _last_post.c.author_id)
)
THREAD_COLUMNS: Final[Select[Any]] = select(
    threads,
    _starter.c.name.label("starter"),
    _last_post.c.created_ms.label("last_post_ms"),
    _last_author.c.name.label("last_post_by"),
).select_from(_THREAD_PARTS)
"""A thread with all that its readers see of it; narrow it with ``where``."""

_BY_IDS: Final = THREAD_COLUMNS.where(threads.c.id.in_(bindparam("ids", expanding=True)))
_PLACE: Final = (
    select(
        threads.c.forum_id,
        threads.c.is_locked,
        threads.c.merged_into,
        _starter.c.name.label("starter"),
        forums.c.audience,
        forums.c.posting,
    )
    .select_from(threads.join(forums).join(_starter, _starter.c.id == threads.c.starter_id))
    .where(threads.c.id == bindparam("thread_id"))
)
_LOCKED_PLACE: Final = _PLACE.with_for_update(of=threads, key_share=True)
_INSERT: Final = insert(threads).returning(threads.c.id)
_ADD_POST: Final = (
    update(threads)
    .where(threads.c.id == bindparam("thread_id"))
    .values(
        version=threads.c.version + 1,
        post_count=threads.c.post_count + 1,
        last_number=bindparam("number"),
        last_post_id=bindparam("post_id"),
        bumped_ms=bindparam("now_ms"),
    )
    .returning(threads)
)
_SET_FIRST_POST: Final = (
    update(threads).where(threads.c.id == bindparam("thread_id")).values(last_post_id=bindparam("post_id"))
)
_LAST_LEFT: Final = (
    select(posts.c.id, posts.c.created_ms)
    .where(posts.c.thread_id == bindparam("thread_id"), posts.c.removed_ms.is_(None))
    .order_by(posts.c.number.desc())
    .limit(1)
)
_CHANGE_COUNT: Final = (
    update(threads)
    .where(threads.c.id == bindparam("thread_id"))
    .values(
        version=threads.c.version + 1,
        post_count=threads.c.post_count + bindparam("step"),
        last_post_id=bindparam("last_left_id"),
        bumped_ms=func.coalesce(bindparam("last_left_ms"), threads.c.bumped_ms),
    )
)


_RECOUNT: Final = (
    update(threads)
    .where(threads.c.id == bindparam("thread_id"))
    .values(
        version=threads.c.version + 1,
        post_count=threads.c.post_count + bindparam("step"),
        last_number=threads.c.last_number + bindparam("given"),
        moved_count=threads.c.moved_count + bindparam("gone"),
        merged_into=bindparam("into_id"),
        last_post_id=bindparam("last_left_id"),
        bumped_ms=func.coalesce(bindparam("last_left_ms"), threads.c.bumped_ms),
    )
)


class ThreadPlace(NamedTuple):
    """Where a thread stands: what rights ask for. ``merged_into``: the thread to which all its posts went.

    ``starter`` is the name of the member who began it.
    """

    forum_id: int
    is_locked: bool
    rules: ForumRules
    merged_into: int | None = None
    starter: str = ""


def read_threads(conn: Connection, ids: Iterable[int]) -> dict[int, ThreadData]:
    """The threads with these ids that are there, in one query."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: thread_data(row) for row in conn.execute(_BY_IDS, {"ids": wanted})}


def thread_data(row: Row[Any]) -> ThreadData:
    """A row of `THREAD_COLUMNS` as readers see it."""
    return _thread_data(row, row.starter, row.last_post_ms, row.last_post_by)


def _thread_data(row: Row[Any], starter: str, last_post_ms: int | None, last_post_by: str | None) -> ThreadData:
    return ThreadData(
        id=row.id,
        version=row.version,
        forum_id=row.forum_id,
        title=row.title,
        slug=row.slug,
        starter=starter,
        started_ms=row.started_ms,
        started_day=row.started_day,
        post_count=row.post_count,
        last_number=row.last_number,
        last_post_ms=last_post_ms,
        last_post_by=last_post_by,
        is_locked=row.is_locked,
        is_pinned=row.is_pinned,
        is_merged=row.merged_into is not None,
        moved_count=row.moved_count,
    )


def find_thread_place(conn: Connection, thread_id: int) -> ThreadPlace | None:
    """Where the thread stands, or None. Until its end no other transaction adds a post to the thread, or moves it.

    Who waited for one that moved it finds the thread without the forum that was joined to it, which is no answer on
    PostgreSQL; the second question begins behind that transaction.
    """
    row = conn.execute(_LOCKED_PLACE, {"thread_id": thread_id}).one_or_none()
    row = row or conn.execute(_LOCKED_PLACE, {"thread_id": thread_id}).one_or_none()
    if row is None:
        return None
    rules = rules_in(row)
    return ThreadPlace(row.forum_id, row.is_locked, rules, row.merged_into, row.starter)


def lock_forum_of(conn: Connection, post: Row[Any]) -> int:
    """The forum in which the thread of a locked post stands, until the end of the transaction: nobody moves it."""
    place = find_thread_place(conn, post.thread_id)
    if place is None:
        raise Refusal(Code.NOT_FOUND)
    return place.forum_id


def insert_thread(conn: Connection, forum_id: int, title: str, slug: str, starter_id: int, now_ms: int) -> int:
    """A thread that has its first post already in its counts; the id. The post itself is inserted next."""
    row = {
        "forum_id": forum_id,
        "title": title,
        "slug": slug,
        "starter_id": starter_id,
        "started_ms": now_ms,
        "post_count": 1,
        "last_number": 1,
        "bumped_ms": now_ms,
    }
    thread_id: int = conn.execute(_INSERT, row).scalar_one()
    return thread_id


def add_post_to_thread(conn: Connection, post: Row[Any], place: ThreadPlace, author: str) -> ThreadData:
    """Count a post that was just written, and move its thread to the front of its forum; the thread as it is then.

    ``author`` is the name of who wrote the post, ``place`` what `find_thread_place` said: neither is read again.
    """
    values = {"thread_id": post.thread_id, "post_id": post.id, "number": post.number, "now_ms": post.created_ms}
    return _thread_data(conn.execute(_ADD_POST, values).one(), place.starter, post.created_ms, author)


def set_first_post(conn: Connection, thread_id: int, post_id: int) -> None:
    """The post with which a thread was begun; a part of beginning it, so no version of its own."""
    conn.execute(_SET_FIRST_POST, {"thread_id": thread_id, "post_id": post_id})


def take_post_from_thread(conn: Connection, thread_id: int) -> None:
    """Count one post less after its removal; the thread goes back to where its last remaining post puts it."""
    _change_count(conn, thread_id, -1)


def give_post_to_thread(conn: Connection, thread_id: int) -> None:
    """Count one post more after it was restored; if it is the last one, the thread stands where it puts it."""
    _change_count(conn, thread_id, 1)


def recount_thread(
    conn: Connection, thread_id: int, *, step: int, given: int, gone: int, merged_into: int | None
) -> None:
    """Posts came or went: ``step`` that are shown, ``given`` new numbers, ``gone`` that left a line."""
    last = conn.execute(_LAST_LEFT, {"thread_id": thread_id}).one_or_none()
    last_id, last_ms = (None, None) if last is None else (last.id, last.created_ms)
    values = {"thread_id": thread_id, "step": step, "given": given, "gone": gone, "into_id": merged_into}
    conn.execute(_RECOUNT, {**values, "last_left_id": last_id, "last_left_ms": last_ms})


def _change_count(conn: Connection, thread_id: int, step: int) -> None:
    last = conn.execute(_LAST_LEFT, {"thread_id": thread_id}).one_or_none()
    last_id, last_ms = (None, None) if last is None else (last.id, last.created_ms)
    values = {"thread_id": thread_id, "step": step, "last_left_id": last_id, "last_left_ms": last_ms}
    conn.execute(_CHANGE_COUNT, values)
