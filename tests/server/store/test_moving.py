from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.errors import Refusal
from tertulia_server.store.forums import create_category, create_forum, read_forum
from tertulia_server.store.moderators import appoint
from tertulia_server.store.moving import write_move
from tertulia_server.store.pages import read_forum_page, read_thread_page
from tertulia_server.store.rights_log import THREAD_RIGHTS, read_rights
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town, add_post, begin_thread, visitor_with_id


def counts(conn: Connection, forum_id: int) -> tuple[int, int, int | None]:
    row = read_forum(conn, forum_id)
    assert row is not None
    return row.forum["thread_count"], row.forum["post_count"], row.last_thread_id


def test_thread_takes_its_posts_along_and_leaves_the_counts_right(conn: Connection, town: Town) -> None:
    stays = begin_thread(conn, town.ada, town.forum_id, "Stays").thread["id"]
    goes = begin_thread(conn, town.ada, town.forum_id, "Goes").thread["id"]
    add_post(conn, town.bob, goes, now_ms=NOW_MS + 1)
    assert counts(conn, town.forum_id) == (2, 3, goes)
    written = write_move(conn, town.mona, goes, town.members_forum_id, now_ms=NOW_MS)
    assert counts(conn, town.forum_id) == (1, 1, stays)
    assert counts(conn, town.members_forum_id) == (1, 2, goes)
    assert (written.thread["forum_id"], written.thread["version"]) == (town.members_forum_id, 3)
    page = read_thread_page(conn, goes, 1)
    assert page is not None
    assert [post["number"] for post in page.posts] == [1, 2]
    assert page.cursor == written.cursor
    left = read_forum_page(conn, town.forum_id, 1)
    assert left is not None
    assert [thread["title"] for thread in left.threads] == ["Stays"]
    write_move(conn, town.mona, stays, town.members_forum_id, now_ms=NOW_MS)
    assert counts(conn, town.forum_id) == (0, 0, None)
    assert counts(conn, town.members_forum_id) == (2, 3, goes)


def test_move_is_void_where_it_left_and_told_where_it_came(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    written = write_move(conn, town.mona, thread_id, town.staff_forum_id, now_ms=NOW_MS)
    assert written.announcement is not None
    assert [(event.channel, event.name, bool(event.data)) for event in written.announcement.events] == [
        (f"thread:{thread_id}", "thread.changed", True),
        (f"forum:{town.forum_id}", "void", False),
        (f"forum:{town.staff_forum_id}", "thread.changed", True),
        ("moderation", "moderation.changed", False),
        ("rights", "void", False),
    ]
    assert [(event.name, event.about_id) for event in read_rights(conn, 0).events] == [(THREAD_RIGHTS, thread_id)]


def test_move_to_where_it_is_changes_nothing(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    written = write_move(conn, town.mona, begun.thread["id"], town.forum_id, now_ms=NOW_MS)
    assert (written.thread, written.announcement) == (begun.thread, None)
    assert counts(conn, town.forum_id) == (1, 1, begun.thread["id"])


def test_move_is_for_who_moderates_here_and_may_post_there(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.members_forum_id).thread["id"]
    assert town.bob.member_id is not None
    appoint(conn, town.bob.member_id, town.forum_id)
    stranger = visitor_with_id(conn, town.bob.member_id)
    for visitor, forum_id, code in (
        (town.ada, town.forum_id, Code.FORBIDDEN),
        (stranger, town.forum_id, Code.FORBIDDEN),
        (town.rob, town.forum_id, Code.BANNED),
        (town.mona, 999, Code.NOT_FOUND),
    ):
        with pytest.raises(Refusal) as refused:
            write_move(conn, visitor, thread_id, forum_id, now_ms=NOW_MS)
        assert refused.value.code is code
    with pytest.raises(Refusal):
        write_move(conn, town.mona, 999, town.forum_id, now_ms=NOW_MS)


def test_moderator_of_one_forum_may_move_to_where_they_only_post(conn: Connection, town: Town) -> None:
    elsewhere = create_forum(conn, create_category(conn, "Elsewhere"), "Elsewhere")
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    assert write_move(conn, town.mona, thread_id, elsewhere, now_ms=NOW_MS).thread["forum_id"] == elsewhere
