from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Visitor
from tertulia_server.store.forums import read_forum
from tertulia_server.store.heads import read_heads
from tertulia_server.store.log import read_log
from tertulia_server.store.members import get_member
from tertulia_server.store.posting import find_written, write_post, write_thread
from tertulia_server.store.schema import posts
from tertulia_wire.codes import Code
from tertulia_wire.events import key_hash
from tests.server.town import Town, add_post, ban, begin_thread, draft, lock, move


def count_posts(conn: Connection) -> int:
    found: int = conn.execute(select(func.count()).select_from(posts)).scalar_one()
    return found


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


def test_thread_written_has_its_first_post_its_counts_and_its_events(conn: Connection, town: Town) -> None:
    written = write_thread(conn, town.ada, town.forum_id, "The fair", "the-fair", draft(town.ada, "Who comes?"))
    thread_id = written.thread["id"]
    assert (written.thread["title"], written.thread["post_count"], written.thread["last_number"]) == ("The fair", 1, 1)
    assert (written.thread["starter"], written.thread["last_post_by"], written.thread["version"]) == ("ada", "ada", 1)
    assert (written.post["number"], written.post["text"], written.post["author"]["messages"]) == (1, "Who comes?", 1)
    assert (written.cursor.seq, written.is_replayed) == (2, False)
    for channel in (f"thread:{thread_id}", f"forum:{town.forum_id}"):
        logged = read_log(conn, channel, 0, 9)
        assert [event.name for event in logged] == ["thread.created", "post.created"]
        assert [event.about_id for event in logged] == [thread_id, written.post["id"]]
    row = read_forum(conn, town.forum_id)
    assert row is not None
    assert (row.forum["thread_count"], row.forum["post_count"], row.last_thread_id) == (1, 1, thread_id)


def test_post_written_takes_the_next_number_and_moves_all_counts(conn: Connection, town: Town) -> None:
    thread = begin_thread(conn, town.ada, town.forum_id).thread
    written = write_post(conn, town.bob, thread["id"], draft(town.bob, "I do.", key="bobs-key-1"))
    assert (written.post["number"], written.post["version"], written.post["text"]) == (2, 1, "I do.")
    assert (written.post["author"]["name"], written.post["author"]["messages"]) == ("bob", 1)
    assert written.post["author"]["version"] == 2
    assert (written.thread["post_count"], written.thread["last_number"], written.thread["last_post_by"]) == (
        2,
        2,
        "bob",
    )
    assert written.thread["version"] == thread["version"] + 1
    assert written.announcement is not None
    assert written.announcement.post_event()["key_hash"] == key_hash("bobs-key-1")
    assert written.cursor.seq == read_heads(conn, [f"thread:{thread['id']}"])[f"thread:{thread['id']}"].seq == 3
    row = read_forum(conn, town.forum_id)
    assert row is not None
    assert (row.forum["thread_count"], row.forum["post_count"]) == (1, 2)


def test_key_repeated_gives_the_first_outcome_whatever_the_rest(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    other_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    first = add_post(conn, town.bob, thread_id, "Once", key="bobs-key-1")
    add_post(conn, town.ada, thread_id, "Between")
    for again in (
        add_post(conn, town.bob, other_id, "Twice", key="bobs-key-1"),
        write_thread(conn, town.bob, town.forum_id, "T", "t", draft(town.bob, key="bobs-key-1")),
    ):
        assert (again.post["id"], again.post["text"], again.cursor) == (first.post["id"], "Once", first.cursor)
        assert (again.is_replayed, again.announcement) == (True, None)
        assert again.thread["post_count"] == 3
    assert count_posts(conn) == 4


def test_key_of_another_member_is_another_key(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    add_post(conn, town.bob, thread_id, key="same-key")
    assert not add_post(conn, town.ada, thread_id, key="same-key").is_replayed


def test_key_repeated_tells_nothing_of_a_thread_that_may_no_longer_be_read(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    add_post(conn, town.bob, thread_id, key="bobs-key-1")
    move(conn, thread_id, town.staff_forum_id)
    with refuses(Code.NOT_FOUND):
        add_post(conn, town.bob, thread_id, key="bobs-key-1")


def test_written_found_by_key_only_where_there_was_a_request(conn: Connection, town: Town) -> None:
    first = begin_thread(conn, town.ada, town.forum_id)
    add_post(conn, town.bob, first.thread["id"], "Once", key="bobs-key-1")
    found = find_written(conn, town.bob, "bobs-key-1")
    assert found is not None
    assert (found.post["text"], found.is_replayed) == ("Once", True)
    assert find_written(conn, town.bob, "bobs-key-2") is None
    assert find_written(conn, town.ada, "bobs-key-1") is None
    assert find_written(conn, GUEST, "bobs-key-1") is None


def test_post_in_a_thread_that_is_not_there_is_refused(conn: Connection, town: Town) -> None:
    with refuses(Code.NOT_FOUND):
        add_post(conn, town.ada, 99)
    with refuses(Code.NOT_FOUND):
        begin_thread(conn, town.ada, 99)


def test_post_in_the_staffs_forum_is_refused_as_if_it_were_not_there(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.mona, town.staff_forum_id).thread["id"]
    with refuses(Code.NOT_FOUND):
        add_post(conn, town.ada, thread_id)
    with refuses(Code.NOT_FOUND):
        begin_thread(conn, town.ada, town.staff_forum_id)


def test_post_in_a_locked_thread_is_for_the_staff(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    lock(conn, thread_id)
    with refuses(Code.THREAD_LOCKED):
        add_post(conn, town.bob, thread_id)
    assert add_post(conn, town.mona, thread_id).post["number"] == 2


@pytest.mark.parametrize("is_new_thread", [False, True])
def test_post_of_a_member_banned_since_is_refused(conn: Connection, town: Town, is_new_thread: bool) -> None:
    """The visitor was identified before the ban; the transaction sees it all the same."""
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    assert town.bob.member_id is not None
    ban(conn, town.bob.member_id)
    with refuses(Code.BANNED):
        if is_new_thread:
            begin_thread(conn, town.bob, town.forum_id)
        else:
            add_post(conn, town.bob, thread_id)


def test_author_of_many_posts_shows_the_count_on_each_card(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    cards = [add_post(conn, town.bob, thread_id).post["author"] for _ in range(3)]
    assert [card["messages"] for card in cards] == [1, 2, 3]
    assert [card["version"] for card in cards] == [2, 3, 4]
    assert town.bob.member_id is not None
    member = get_member(conn, town.bob.member_id)
    assert member is not None
    assert member.messages == 3


def test_visitor_without_account_is_refused(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    with refuses(Code.UNAUTHENTICATED):
        write_post(conn, Visitor(), thread_id, draft(town.ada))
