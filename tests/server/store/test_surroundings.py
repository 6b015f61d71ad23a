from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.models import GUEST
from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.surroundings import RECENT_POSTS, find_readable_thread, read_surroundings
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def test_newer_posts_are_told_apart(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    for _ in range(RECENT_POSTS + 2):
        add_post(conn, town.bob, thread_id)
    found = read_surroundings(conn, thread_id, seen=RECENT_POSTS + 1)
    assert found is not None
    assert found.newer_count == 2
    assert [post["number"] for post in found.newer] == [12, 13]
    assert [post["number"] for post in found.recent] == list(range(13, 3, -1))
    assert read_surroundings(conn, 99) is None


def test_quoted_posts_that_changed_since_are_told(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    posts = [add_post(conn, town.bob, thread_id).post for _ in range(3)]
    other = begin_thread(conn, town.bob, town.forum_id).post
    write_edit(conn, town.bob, posts[0]["id"], "a", "a", version=1, now_ms=NOW_MS + 5)
    write_edit(conn, town.bob, other["id"], "a", "a", version=1, now_ms=NOW_MS + 5)
    write_removal(conn, town.mona, posts[1]["id"], now_ms=NOW_MS + 5)
    ids = [*(post["id"] for post in posts), other["id"], 99]
    for since_ms, changed in ((NOW_MS, [2, 3]), (NOW_MS + 5, [3])):
        found = read_surroundings(conn, thread_id, quoted_ids=ids, since_ms=since_ms)
        assert found is not None
        assert [post["number"] for post in found.changed] == changed


def test_thread_is_found_by_those_who_may_read_it(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.members_forum_id).thread["id"]
    assert find_readable_thread(conn, town.bob, thread_id) is not None
    assert find_readable_thread(conn, GUEST, thread_id) is None
    assert find_readable_thread(conn, town.bob, 99) is None
