"""The lines that moved posts leave behind."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from tertulia_server.forum.models import ForumRules
from tertulia_server.store.forums import rules_in
from tertulia_server.store.schema import forums, moved_posts, posts, threads

_LINES: Final = (
    select(moved_posts.c.number, moved_posts.c.post_id, posts.c.thread_id)
    .join_from(moved_posts, posts, posts.c.id == moved_posts.c.post_id)
    .where(
        moved_posts.c.thread_id == bindparam("of_thread_id"),
        moved_posts.c.number >= bindparam("first"),
        moved_posts.c.number < bindparam("end"),
    )
    .order_by(moved_posts.c.number)
)
_target = threads.alias("target")
_MERGED: Final = (
    select(_target.c.id, _target.c.slug, forums.c.id.label("forum_id"), forums.c.audience, forums.c.posting)
    .select_from(
        threads.join(_target, _target.c.id == threads.c.merged_into).join(forums, forums.c.id == _target.c.forum_id)
    )
    .where(threads.c.id == bindparam("of_thread_id"))
)

_INTO: Final = select(threads.c.merged_into).where(threads.c.id == bindparam("of_thread_id"))


class MovedLine(NamedTuple):
    """Where a post was. ``is_anchor``: links to the post on this page lead here, for it stands in another thread now.

    Where that is, nobody is told here: it may be a place that this reader does not know.
    """

    number: int
    post_id: int
    is_anchor: bool


class MergedThread(NamedTuple):
    """Where all posts of a thread went."""

    id: int
    slug: str
    rules: ForumRules


def read_moved_lines(conn: Connection, thread_id: int, first: int, end: int) -> list[MovedLine]:
    """The lines of a thread with ``first`` <= number < ``end``, in order."""
    rows = conn.execute(_LINES, {"of_thread_id": thread_id, "first": first, "end": end})
    return [MovedLine(row.number, row.post_id, row.thread_id != thread_id) for row in rows]


def read_merged_thread(conn: Connection, thread_id: int) -> MergedThread | None:
    """Where the thread was merged into; None for all others."""
    row = conn.execute(_MERGED, {"of_thread_id": thread_id}).one_or_none()
    return None if row is None else MergedThread(row.id, row.slug, rules_in(row))


def find_end(conn: Connection, thread_id: int) -> int:
    """The thread itself or, where it was merged, the one in which its posts are now; whoever may read that."""
    into: int | None = thread_id
    while into is not None:  # no thread is merged into one that was merged, so this comes to an end
        thread_id, into = into, conn.execute(_INTO, {"of_thread_id": into}).scalar_one_or_none()
    return thread_id
