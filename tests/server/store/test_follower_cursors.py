from __future__ import annotations

from sqlalchemy import Connection, update

from tertulia_server.forum.models import EventDraft
from tertulia_server.store.follower_cursors import Backlog, find_backlog, move_cursor
from tertulia_server.store.log import append_events
from tertulia_server.store.schema import heads


def happen(conn: Connection, *channels: str) -> None:
    append_events(conn, [EventDraft(channel, "post.created", 1, 1) for channel in channels])


def test_follower_looks_at_forums_one_after_the_other(conn: Connection) -> None:
    assert find_backlog(conn, "bell") is None
    happen(conn, "forum:1", "forum:1", "forum:3", "thread:1", "site", "member:1")
    first = find_backlog(conn, "bell")
    assert first == Backlog("forum:1", 0, 0, 2)
    assert find_backlog(conn, "bell", "forum:1") == Backlog("forum:3", 0, 0, 1)
    assert find_backlog(conn, "bell", "forum:3") == first, "and round again"


def test_cursor_is_where_the_follower_goes_on(conn: Connection) -> None:
    happen(conn, "forum:1", "forum:1")
    move_cursor(conn, "bell", "forum:1", 1, part=7)
    assert find_backlog(conn, "bell") == Backlog("forum:1", 1, 7, 2)
    assert find_backlog(conn, "horn") == Backlog("forum:1", 0, 0, 2), "each has its own"
    move_cursor(conn, "bell", "forum:1", 2)
    assert find_backlog(conn, "bell") is None


def test_what_was_trimmed_is_passed_over(conn: Connection) -> None:
    happen(conn, *["forum:1"] * 9)
    move_cursor(conn, "bell", "forum:1", 2, part=7)
    conn.execute(update(heads).values(first_seq=5))
    assert find_backlog(conn, "bell") == Backlog("forum:1", 4, 0, 9)
