"""What a page shows, each read in one snapshot with the cursor first, so that nothing falls between page and live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam

from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import ForumRules
from tertulia_server.forum.pages import first_number, page_count, page_of
from tertulia_server.store.forums import read_forum, read_forums
from tertulia_server.store.heads import read_cursor, read_heads
from tertulia_server.store.log import read_epoch
from tertulia_server.store.moved_lines import MovedLine, read_moved_lines
from tertulia_server.store.posts import read_post_rows, read_posts, read_posts_by_number
from tertulia_server.store.ratings import read_marks
from tertulia_server.store.schema import threads
from tertulia_server.store.threads import THREAD_COLUMNS, read_threads, thread_data
from tertulia_wire.channels import SITE_CHANNEL, forum_channel, thread_channel
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import ForumData, PostData, ThreadData

THREADS_PER_PAGE: Final = 20

_THREADS_OF_FORUM: Final = (
    THREAD_COLUMNS.where(threads.c.forum_id == bindparam("forum_id"), threads.c.merged_into.is_(None))
    .order_by(threads.c.is_pinned.desc(), threads.c.bumped_ms.desc(), threads.c.id.desc())
    .limit(THREADS_PER_PAGE)
    .offset(bindparam("skipped"))
)


@dataclass(frozen=True, slots=True)
class ForumSummary:
    """A forum of the index with the thread that was last posted in."""

    forum: ForumData
    rules: ForumRules
    last_thread: ThreadData | None


@dataclass(frozen=True, slots=True)
class Index:
    """All forums in their order, whoever may read them: narrow by their ``rules`` before showing.

    ``cursors`` are those of the forums' channels, by the ids of the forums.
    """

    forums: list[ForumSummary]
    epoch: str
    cursors: Mapping[int, Cursor]


@dataclass(frozen=True, slots=True)
class ForumPage:
    """One page of a forum's threads: pinned ones first, then the last posted in. ``cursor`` is the forum channel's."""

    forum: ForumData
    rules: ForumRules
    threads: list[ThreadData]
    page: int
    page_count: int
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """One page of a thread: the posts whose numbers belong there. ``cursor`` is the thread channel's.

    ``site_cursor`` is that of the whole site, where bans are told. ``marks``: what the one member who asked gave these
    posts, by their ids; for nobody else.
    """

    forum: ForumData
    rules: ForumRules
    thread: ThreadData
    posts: list[PostData]
    page: int
    page_count: int
    cursor: Cursor
    site_cursor: Cursor
    moved: list[MovedLine]
    marks: Mapping[int, Mark]


@dataclass(frozen=True, slots=True)
class PostPlace:
    """A post and where it stands; ``page`` is the page of its thread that shows it."""

    post: PostData
    thread: ThreadData
    forum: ForumData
    rules: ForumRules
    page: int


def read_index(conn: Connection) -> Index:
    """All forums with the threads last posted in."""
    epoch = read_epoch(conn)
    rows = read_forums(conn)
    heads = read_heads(conn, [forum_channel(row.forum["id"]) for row in rows])
    last = read_threads(conn, [row.last_thread_id for row in rows if row.last_thread_id is not None])
    summaries = [ForumSummary(row.forum, row.rules, last.get(row.last_thread_id or 0)) for row in rows]
    cursors = {row.forum["id"]: Cursor(epoch, heads[forum_channel(row.forum["id"])].seq) for row in rows}
    return Index(summaries, epoch, cursors)


def read_forum_page(conn: Connection, forum_id: int, page: int) -> ForumPage | None:
    """A page of a forum's threads; None if there is no such forum or page."""
    cursor = read_cursor(conn, forum_channel(forum_id))
    row = read_forum(conn, forum_id)
    if row is None:
        return None
    pages = max(1, -(-row.forum["thread_count"] // THREADS_PER_PAGE))
    if not 1 <= page <= pages:
        return None
    skipped = (page - 1) * THREADS_PER_PAGE
    found = conn.execute(_THREADS_OF_FORUM, {"forum_id": forum_id, "skipped": skipped})
    return ForumPage(row.forum, row.rules, [thread_data(thread) for thread in found], page, pages, cursor)


def read_thread_page(conn: Connection, thread_id: int, page: int, member_id: int | None = None) -> ThreadPage | None:
    """A page of a thread, with the marks of that member; None if there is no such thread or page."""
    cursor = read_cursor(conn, thread_channel(thread_id))
    site_cursor = read_cursor(conn, SITE_CHANNEL)
    thread = read_threads(conn, [thread_id]).get(thread_id)
    if thread is None:
        return None
    pages = page_count(thread["last_number"])
    forum = read_forum(conn, thread["forum_id"])
    if forum is None or not 1 <= page <= pages:
        return None
    found = read_posts_by_number(conn, thread_id, first_number(page), first_number(page + 1))
    moved = read_moved_lines(conn, thread_id, first_number(page), first_number(page + 1))
    marks = read_marks(conn, member_id, [post["id"] for post in found])
    return ThreadPage(forum.forum, forum.rules, thread, found, page, pages, cursor, site_cursor, moved, marks)


def read_post(conn: Connection, post_id: int) -> PostPlace | None:
    """A post by its id, with its place; None if there is none."""
    row = read_post_rows(conn, [post_id]).get(post_id)
    if row is None:
        return None
    thread = read_threads(conn, [row.thread_id])[row.thread_id]
    forum = read_forum(conn, thread["forum_id"])
    if forum is None:
        return None
    post = read_posts(conn, [row])[post_id]
    return PostPlace(post, thread, forum.forum, forum.rules, page_of(post["number"]))
