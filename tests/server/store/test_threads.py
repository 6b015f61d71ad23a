from __future__ import annotations

from sqlalchemy import Connection, select, update

from tertulia_server.forum.models import Audience, ForumRules
from tertulia_server.store.posts import mark_removed, read_post_rows
from tertulia_server.store.schema import posts, threads
from tertulia_server.store.threads import (
    add_post_to_thread,
    find_thread_place,
    insert_thread,
    read_threads,
    set_first_post,
    take_post_from_thread,
)
from tests.server.town import NOW_MS, Town, add_post, begin_thread, lock


def bumped_ms(conn: Connection, thread_id: int) -> int:
    found: int = conn.execute(select(threads.c.bumped_ms).where(threads.c.id == thread_id)).scalar_one()
    return found


def test_thread_read_shows_starter_and_last_poster(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id, "The summer fair").thread["id"]
    add_post(conn, town.bob, thread_id, now_ms=NOW_MS + 5)
    assert read_threads(conn, [thread_id, 99]) == {
        thread_id: {
            "id": thread_id,
            "version": 2,
            "forum_id": town.forum_id,
            "title": "The summer fair",
            "slug": "the-summer-fair",
            "starter": "ada",
            "started_ms": NOW_MS,
            "started_day": None,
            "post_count": 2,
            "last_number": 2,
            "last_post_ms": NOW_MS + 5,
            "last_post_by": "bob",
            "is_locked": False,
            "is_pinned": False,
            "is_merged": False,
            "moved_count": 0,
        }
    }
    assert read_threads(conn, []) == {}


def test_thread_place_tells_what_rights_ask_for(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.mona, town.staff_forum_id).thread["id"]
    lock(conn, thread_id)
    assert find_thread_place(conn, thread_id) == (
        town.staff_forum_id,
        True,
        ForumRules(town.staff_forum_id, Audience.STAFF),
        None,
        "mona",
    )
    assert find_thread_place(conn, 99) is None


def test_thread_inserted_has_no_last_post_until_it_is_set(conn: Connection, town: Town) -> None:
    assert town.ada.member_id is not None
    thread_id = insert_thread(conn, town.forum_id, "Title", "title", town.ada.member_id, NOW_MS)
    before = read_threads(conn, [thread_id])[thread_id]
    assert (before["last_post_by"], before["last_number"], before["version"]) == (None, 1, 1)
    other = begin_thread(conn, town.bob, town.forum_id)
    set_first_post(conn, thread_id, other.post["id"])
    after = read_threads(conn, [thread_id])[thread_id]
    assert (after["last_post_by"], after["version"]) == ("bob", 1)


def test_thread_counts_a_post_and_moves_to_the_front(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    written = add_post(conn, town.bob, thread_id, now_ms=NOW_MS + 9)
    thread = read_threads(conn, [thread_id])[thread_id]
    assert (thread["post_count"], thread["last_number"], thread["version"]) == (2, 2, 2)
    assert bumped_ms(conn, thread_id) == NOW_MS + 9
    place = find_thread_place(conn, thread_id)
    assert place is not None
    row = read_post_rows(conn, [written.post["id"]])[written.post["id"]]
    counted = add_post_to_thread(conn, row, place, "bob")
    assert counted == read_threads(conn, [thread_id])[thread_id]
    assert (counted["post_count"], counted["last_post_by"]) == (3, "bob")


def test_thread_that_a_post_tells_is_the_one_that_is_kept(conn: Connection, town: Town) -> None:
    """It is put together from what the transaction has in its hands, not read again."""
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    for number in range(2, 5):
        written = add_post(conn, town.bob, thread_id, now_ms=NOW_MS + number)
        assert written.thread == read_threads(conn, [thread_id])[thread_id]
        assert written.announcement is not None
        assert written.announcement.post_event()["thread"] == written.thread


def test_thread_gives_a_post_back_and_returns_to_its_place(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    last = add_post(conn, town.bob, thread_id, now_ms=NOW_MS + 9).post["id"]
    mark_removed(conn, last, now_ms=NOW_MS + 10, remover_id=last)
    take_post_from_thread(conn, thread_id)
    thread = read_threads(conn, [thread_id])[thread_id]
    assert (thread["post_count"], thread["last_number"], thread["last_post_by"]) == (1, 2, "ada")
    assert bumped_ms(conn, thread_id) == NOW_MS


def test_thread_whose_only_post_is_removed_has_no_last_post(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    mark_removed(conn, begun.post["id"], now_ms=NOW_MS, remover_id=1)
    take_post_from_thread(conn, begun.thread["id"])
    thread = read_threads(conn, [begun.thread["id"]])[begun.thread["id"]]
    assert (thread["post_count"], thread["last_post_ms"], thread["last_post_by"]) == (0, None, None)


def test_thread_keeps_its_place_when_its_last_post_left_is_undated(conn: Connection, town: Town) -> None:
    """Imported posts have no time: nothing is invented for them."""
    begun = begin_thread(conn, town.ada, town.forum_id)
    conn.execute(update(posts).values(created_ms=None))
    last = add_post(conn, town.bob, begun.thread["id"], now_ms=NOW_MS + 9).post["id"]
    mark_removed(conn, last, now_ms=NOW_MS + 10, remover_id=1)
    take_post_from_thread(conn, begun.thread["id"])
    assert bumped_ms(conn, begun.thread["id"]) == NOW_MS + 9
