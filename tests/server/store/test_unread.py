from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.store.changing import write_removal
from tertulia_server.store.read_marks import FRESH_MS, UNREAD_DAYS, ReadMark, mark_all_read, raise_marks
from tertulia_server.store.unread import find_first_unread, find_unread_threads, read_unread_threads
from tests.server.town import NOW_MS, Town, add_post, begin_thread

LATER_MS = NOW_MS + 60_000
DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
def ada(town: Town) -> int:
    assert town.ada.member_id is not None
    return town.ada.member_id


@pytest.fixture
def thread_id(conn: Connection, town: Town) -> int:
    """Five posts; the first is older than ada's account, as a moment goes."""
    thread_id = begin_thread(conn, town.bob, town.forum_id).thread["id"]
    for number in range(2, 6):
        add_post(conn, town.bob, thread_id, f"post {number}", now_ms=LATER_MS)
    return thread_id


def first_unread(conn: Connection, ada: int | None, thread_id: int, **options: int) -> int:
    place = find_first_unread(conn, ada, thread_id, LATER_MS, **options)
    assert place is not None
    return place.post["number"]


def counts(conn: Connection, ada: int, now_ms: int) -> dict[int, int]:
    return {forum_id: len(ends) for forum_id, ends in read_unread_threads(conn, ada, now_ms).items()}


def test_thread_is_unread_until_its_last_post_is_seen(conn: Connection, ada: int, town: Town, thread_id: int) -> None:
    seen = []
    for number in (0, 4, 5):
        raise_marks(conn, [ReadMark(ada, thread_id, number)])
        unread = find_unread_threads(conn, ada, [thread_id], LATER_MS)
        assert read_unread_threads(conn, ada, LATER_MS) == ({town.forum_id: {thread_id: (5, number)}} if unread else {})
        seen.append(unread)
    assert seen == [{thread_id}, {thread_id}, set()]


def test_removed_posts_are_nothing_to_read(conn: Connection, ada: int, town: Town, thread_id: int) -> None:
    raise_marks(conn, [ReadMark(ada, thread_id, 5)])
    post = add_post(conn, town.bob, thread_id, now_ms=LATER_MS).post
    assert find_unread_threads(conn, ada, [thread_id], LATER_MS) == {thread_id}
    write_removal(conn, town.mona, post["id"], now_ms=LATER_MS)
    assert find_unread_threads(conn, ada, [thread_id], LATER_MS) == set()
    assert first_unread(conn, ada, thread_id) == 5


def test_forums_count_their_own(conn: Connection, ada: int, town: Town, thread_id: int) -> None:
    for forum_id in (town.forum_id, town.members_forum_id):
        other = begin_thread(conn, town.bob, forum_id).thread["id"]
        add_post(conn, town.bob, other, now_ms=LATER_MS)
    assert counts(conn, ada, LATER_MS) == {town.forum_id: 2, town.members_forum_id: 1}
    mark_all_read(conn, ada, [town.forum_id], LATER_MS + 2 * FRESH_MS)
    assert counts(conn, ada, LATER_MS) == {town.members_forum_id: 1}


def test_what_nobody_wrote_in_for_long_counts_as_read(conn: Connection, ada: int, thread_id: int) -> None:
    raise_marks(conn, [ReadMark(ada, thread_id, 1)])
    assert find_unread_threads(conn, ada, [thread_id], LATER_MS + UNREAD_DAYS * DAY_MS) == set()
    assert counts(conn, ada, LATER_MS + UNREAD_DAYS * DAY_MS) == {}


def test_first_unread_is_behind_the_mark(conn: Connection, ada: int, thread_id: int) -> None:
    assert first_unread(conn, ada, thread_id) == 2, "without a mark: the first since they joined"
    raise_marks(conn, [ReadMark(ada, thread_id, 3)])
    assert first_unread(conn, ada, thread_id) == 4
    raise_marks(conn, [ReadMark(ada, thread_id, 5)])
    assert first_unread(conn, ada, thread_id) == 5, "all was seen: the newest"


def test_guest_says_what_was_seen(conn: Connection, thread_id: int) -> None:
    assert first_unread(conn, None, thread_id) == 1
    assert first_unread(conn, None, thread_id, after=3) == 4
    assert first_unread(conn, None, thread_id, after=99) == 5


def test_thread_that_is_not_there_has_no_first_unread(conn: Connection, ada: int) -> None:
    assert find_first_unread(conn, ada, 999, LATER_MS) is None
    assert find_unread_threads(conn, ada, [], LATER_MS) == set()
