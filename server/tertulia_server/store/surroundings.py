"""What stands around a reply that is written: its thread, the last posts, and what has happened since it was begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tertulia_server.forum.models import ForumRules, Visitor
from tertulia_server.forum.rights import may_read
from tertulia_server.store.forums import find_rules, read_forum
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.posts import read_post_rows, read_posts, read_posts_by_number
from tertulia_server.store.threads import read_threads
from tertulia_wire.channels import thread_channel
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import ForumData, PostData, ThreadData

RECENT_POSTS = 10


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``cursor`` is the thread channel's. ``recent`` are the last posts, the newest first.

    ``newer_count`` posts of the thread came since the writer looked.

    ``changed`` are posts of the thread that the text quotes, and that were edited or removed since.
    """

    cursor: Cursor
    thread: ThreadData
    forum: ForumData
    rules: ForumRules
    recent: Sequence[PostData]
    newer_count: int
    changed: Sequence[PostData]

    @property
    def newer(self) -> Sequence[PostData]:
        """The newer ones as far as they are among the recent, in the order of the thread."""
        return list(reversed(self.recent[: self.newer_count]))


def read_surroundings(
    conn: Connection, thread_id: int, *, seen: int | None = None, quoted_ids: Sequence[int] = (), since_ms: int = 0
) -> Surroundings | None:
    """None if there is no such thread. ``seen`` is the last number that the writer has seen: None for all."""
    cursor = read_cursor(conn, thread_channel(thread_id))
    thread = read_threads(conn, [thread_id]).get(thread_id)
    forum = None if thread is None else read_forum(conn, thread["forum_id"])
    if thread is None or forum is None:
        return None
    last = thread["last_number"]
    recent = read_posts_by_number(conn, thread_id, max(1, last - RECENT_POSTS + 1), last + 1)
    quoted = [row for row in read_post_rows(conn, quoted_ids).values() if row.thread_id == thread_id]
    changed = [row for row in quoted if row.removed_ms is not None or (row.edited_ms or 0) > since_ms]
    return Surroundings(
        cursor=cursor,
        thread=thread,
        forum=forum.forum,
        rules=forum.rules,
        recent=list(reversed(recent)),
        newer_count=0 if seen is None else max(0, last - seen),
        changed=sorted(read_posts(conn, changed).values(), key=lambda post: post["number"]),
    )


def find_readable_thread(conn: Connection, visitor: Visitor, thread_id: int) -> ThreadData | None:
    """The thread, if it is there and the visitor may read it."""
    thread = read_threads(conn, [thread_id]).get(thread_id)
    rules = None if thread is None else find_rules(conn, thread["forum_id"])
    return thread if rules is not None and may_read(visitor, rules) else None
