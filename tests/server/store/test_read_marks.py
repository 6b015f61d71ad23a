from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.forum.models import Visitor
from tertulia_server.store.read_marks import FRESH_MS, ReadMark, find_mark, mark_all_read, raise_marks, read_floors_of
from tertulia_server.store.unread import find_unread_threads
from tests.server.town import NOW_MS, Town, add_post, begin_thread

LATER_MS = NOW_MS + 60_000


@pytest.fixture
def ada(town: Town) -> int:
    assert town.ada.member_id is not None
    return town.ada.member_id


def thread_of(conn: Connection, by: Visitor, forum_id: int, *, posts: int, now_ms: int = LATER_MS) -> int:
    thread_id = begin_thread(conn, by, forum_id).thread["id"]
    for _ in range(posts - 1):
        add_post(conn, by, thread_id, now_ms=now_ms)
    return thread_id


def test_mark_only_grows(conn: Connection, town: Town, ada: int) -> None:
    thread_id = thread_of(conn, town.bob, town.forum_id, posts=5)
    assert find_mark(conn, ada, thread_id) is None
    for number, mark in [(3, 3), (2, 3), (3, 3), (4, 4), (1, 4)]:
        raise_marks(conn, [ReadMark(ada, thread_id, number)])
        assert find_mark(conn, ada, thread_id) == mark


def test_mark_is_never_beyond_the_last_post(conn: Connection, town: Town, ada: int) -> None:
    """Whatever a client says: what is posted later will be unread."""
    thread_id = thread_of(conn, town.bob, town.forum_id, posts=5)
    raise_marks(conn, [ReadMark(ada, thread_id, 10**9), ReadMark(ada, 999, 1)])
    assert find_mark(conn, ada, thread_id) == 5
    assert find_mark(conn, ada, 999) is None


def test_all_read_marks_what_is_fresh_and_sets_a_floor_below(conn: Connection, town: Town, ada: int) -> None:
    """A floor is a time, and a post that commits late has an earlier one; so it stays well behind the clock."""
    fresh = thread_of(conn, town.bob, town.forum_id, posts=3)
    elsewhere = thread_of(conn, town.bob, town.members_forum_id, posts=2)
    mark_all_read(conn, ada, [town.forum_id], LATER_MS)
    assert find_mark(conn, ada, fresh) == 3
    assert find_mark(conn, ada, elsewhere) is None
    floors = read_floors_of(conn, ada, LATER_MS)
    assert floors.of(town.forum_id) == max(NOW_MS, LATER_MS - FRESH_MS)
    assert find_unread_threads(conn, ada, [fresh, elsewhere], LATER_MS) == {elsewhere}
    add_post(conn, town.bob, fresh, now_ms=LATER_MS)
    assert find_unread_threads(conn, ada, [fresh], LATER_MS) == {fresh}


def test_floor_only_rises(conn: Connection, town: Town, ada: int) -> None:
    much_later_ms = NOW_MS + 10 * FRESH_MS
    mark_all_read(conn, ada, [town.forum_id], much_later_ms)
    mark_all_read(conn, ada, [town.forum_id], much_later_ms - FRESH_MS)
    floors = read_floors_of(conn, ada, much_later_ms)
    assert floors.of(town.forum_id) == much_later_ms - FRESH_MS
    assert floors.of(town.members_forum_id) == NOW_MS, "when they joined"
