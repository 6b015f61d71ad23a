"""What feeds and the map of the site list: the newest, and everything, in bounded parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from tertulia_server.forum.models import ForumRules, Visitor
from tertulia_server.forum.rights import may_read
from tertulia_server.store.forums import read_forum, read_forums
from tertulia_server.store.posts import read_post_rows, read_posts
from tertulia_server.store.schema import posts, threads
from tertulia_server.store.threads import read_threads
from tertulia_wire.data import ForumData, PostData, ThreadData

FEED_ENTRIES: Final = 20
MAP_PART_THREADS: Final = 5_000
"""Threads whose ids belong into one part of the map; the format allows 50,000 addresses in each, and parts as many."""

_LAST_OF_FORUM: Final = (
    select(threads.c.last_post_id)
    .where(threads.c.forum_id == bindparam("forum_id"), threads.c.merged_into.is_(None))
    .where(threads.c.last_post_id.is_not(None))
    .order_by(threads.c.bumped_ms.desc())
    .limit(FEED_ENTRIES)
)
_LAST_OF_THREAD: Final = (
    select(posts.c.id)
    .where(posts.c.thread_id == bindparam("thread_id"), posts.c.removed_ms.is_(None))
    .order_by(posts.c.number.desc())
    .limit(FEED_ENTRIES)
)
_LARGEST_ID: Final = select(func.max(threads.c.id))
_MAP_PART: Final = (
    select(threads.c.id, threads.c.slug, threads.c.bumped_ms)
    .where(threads.c.id > bindparam("after"), threads.c.id <= bindparam("until"), threads.c.merged_into.is_(None))
    .where(threads.c.forum_id.in_(bindparam("forum_ids", expanding=True)))
    .order_by(threads.c.id)
)


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest posts of a thread, or the last post of each of a forum's newest threads; newest first."""

    forum: ForumData
    rules: ForumRules
    entries: list[tuple[PostData, ThreadData]]
    thread: ThreadData | None = None


class MappedThread(NamedTuple):
    """A thread with its address and when it was last posted in; 0 if that is not known."""

    id: int
    slug: str
    bumped_ms: int


def read_forum_feed(conn: Connection, forum_id: int) -> Feed | None:
    """The feed of a forum; None if there is none."""
    forum = read_forum(conn, forum_id)
    if forum is None:
        return None
    ids = conn.execute(_LAST_OF_FORUM, {"forum_id": forum_id}).scalars().all()
    return Feed(forum.forum, forum.rules, _entries(conn, ids))


def read_thread_feed(conn: Connection, thread_id: int) -> Feed | None:
    """The feed of a thread; None if there is none."""
    thread = read_threads(conn, [thread_id]).get(thread_id)
    forum = None if thread is None else read_forum(conn, thread["forum_id"])
    if forum is None:
        return None
    ids = conn.execute(_LAST_OF_THREAD, {"thread_id": thread_id}).scalars().all()
    return Feed(forum.forum, forum.rules, _entries(conn, ids), thread)


def count_map_parts(conn: Connection) -> int:
    """How many parts the map of the threads has."""
    return -(-(conn.execute(_LARGEST_ID).scalar() or 0) // MAP_PART_THREADS)


def read_mapped_forums(conn: Connection, visitor: Visitor) -> list[ForumData]:
    """The forums that the visitor may read."""
    return [row.forum for row in read_forums(conn) if may_read(visitor, row.rules)]


def read_map_part(conn: Connection, visitor: Visitor, part: int) -> list[MappedThread]:
    """The threads of a part, from 1, that the visitor may read: those whose ids belong there, at most so many."""
    forum_ids = [forum["id"] for forum in read_mapped_forums(conn, visitor)]
    after = (part - 1) * MAP_PART_THREADS
    values = {"after": after, "until": after + MAP_PART_THREADS, "forum_ids": forum_ids}
    return [MappedThread(*row) for row in conn.execute(_MAP_PART, values)]


def _entries(conn: Connection, ids: Sequence[int]) -> list[tuple[PostData, ThreadData]]:
    rows = read_post_rows(conn, ids)
    shown = read_posts(conn, list(rows.values()))
    places = read_threads(conn, [row.thread_id for row in rows.values()])
    return [(shown[post_id], places[rows[post_id].thread_id]) for post_id in ids if not shown[post_id]["is_removed"]]
