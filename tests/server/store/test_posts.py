from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from tertulia_server.errors import Refusal
from tertulia_server.store.posts import (
    NewPost,
    find_post_with_place,
    find_posts_with_place,
    insert_post,
    mark_removed,
    read_post_rows,
    read_posts,
    read_posts_by_number,
    replace_text,
)
from tertulia_server.store.schema import post_versions
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town, add_post, begin_thread


@pytest.fixture
def thread_id(conn: Connection, town: Town) -> int:
    return begin_thread(conn, town.ada, town.forum_id).thread["id"]


def test_post_read_shows_text_and_card(conn: Connection, town: Town, thread_id: int) -> None:
    post_id = add_post(conn, town.bob, thread_id, "I bring bread.").post["id"]
    post = read_posts(conn, list(read_post_rows(conn, [post_id]).values()))[post_id]
    assert post["author"]["name"] == "bob"
    assert {name: value for name, value in post.items() if name != "author"} == {
        "id": post_id,
        "version": 1,
        "thread_id": thread_id,
        "number": 2,
        "format": "markdown",
        "text": "I bring bread.",
        "html": "<p>I bring bread.</p>",
        "created_ms": NOW_MS,
        "created_day": None,
        "edited_ms": None,
        "is_removed": False,
        "positive": 0,
        "negative": 0,
    }


def test_posts_that_are_not_there_are_left_out(conn: Connection) -> None:
    assert read_post_rows(conn, [5, 6]) == {}
    assert read_post_rows(conn, []) == {}
    assert read_posts(conn, []) == {}
    assert find_post_with_place(conn, 5) is None
    assert find_posts_with_place(conn, [5, 6]) == {}
    assert find_posts_with_place(conn, []) == {}


def test_posts_with_their_places_are_those_that_each_has_alone(conn: Connection, town: Town, thread_id: int) -> None:
    elsewhere = begin_thread(conn, town.mona, town.staff_forum_id).post["id"]
    here = [add_post(conn, town.bob, thread_id).post["id"] for _ in range(2)]
    found = find_posts_with_place(conn, [*here, elsewhere, here[0], 9_999])
    assert sorted(found) == sorted([*here, elsewhere])
    assert all(found[post_id] == find_post_with_place(conn, post_id) for post_id in found)
    assert found[elsewhere].forum_id == town.staff_forum_id


def test_posts_by_number_come_in_order_and_from_one_thread(conn: Connection, town: Town, thread_id: int) -> None:
    other = begin_thread(conn, town.bob, town.forum_id, "Other").thread["id"]
    for _ in range(4):
        add_post(conn, town.bob, thread_id)
        add_post(conn, town.ada, other)
    found = read_posts_by_number(conn, thread_id, 2, 5)
    assert [(post["thread_id"], post["number"]) for post in found] == [(thread_id, number) for number in (2, 3, 4)]
    assert read_posts_by_number(conn, thread_id, 6, 9) == []


def test_post_inserted_takes_the_number_after_the_last_one_of_its_thread(
    conn: Connection, town: Town, thread_id: int
) -> None:
    assert town.ada.member_id is not None
    post = NewPost(thread_id, 1, town.ada.member_id, "markdown", "t", "h", NOW_MS, "0" * 16)
    inserted = insert_post(conn, post)
    assert inserted.number == 2
    assert read_post_rows(conn, [inserted.id])[inserted.id].key_hash == "0" * 16


def test_post_with_place_knows_forum_and_audience(conn: Connection, town: Town, thread_id: int) -> None:
    row = find_post_with_place(conn, add_post(conn, town.bob, thread_id).post["id"])
    assert row is not None
    assert (row.forum_id, row.audience, row.posting) == (town.forum_id, "public", "members")
    assert (row.is_locked, row.number) == (False, 2)


def test_text_replaced_keeps_the_older_one(conn: Connection, town: Town, thread_id: int) -> None:
    post_id = add_post(conn, town.bob, thread_id, "First").post["id"]
    for turn, text in enumerate(("Second", "Third"), start=1):
        old = read_post_rows(conn, [post_id])[post_id]
        assert replace_text(conn, old, text, f"<p>{text}</p>", now_ms=NOW_MS + turn, editor_id=1) == turn + 1
    row = read_post_rows(conn, [post_id])[post_id]
    assert (row.text, row.version, row.edited_ms) == ("Third", 3, NOW_MS + 2)
    kept = conn.execute(select(post_versions).order_by(post_versions.c.version)).all()
    assert [(row.version, row.text, row.written_ms, row.replaced_ms, row.replaced_by) for row in kept] == [
        (1, "First", NOW_MS, NOW_MS + 1, 1),
        (2, "Second", NOW_MS + 1, NOW_MS + 2, 1),
    ]


def test_text_replaced_after_another_change_is_refused(conn: Connection, town: Town, thread_id: int) -> None:
    """Two editors read version 1; the second one's row is out of date by the time it writes."""
    post_id = add_post(conn, town.bob, thread_id).post["id"]
    old = read_post_rows(conn, [post_id])[post_id]
    replace_text(conn, old, "A", "A", now_ms=NOW_MS, editor_id=1)
    with pytest.raises(Refusal) as refused:
        replace_text(conn, old, "B", "B", now_ms=NOW_MS, editor_id=1)
    assert refused.value.code is Code.STALE_VERSION
    assert read_post_rows(conn, [post_id])[post_id].text == "A"


def test_post_marked_removed_hides_its_text_once(conn: Connection, town: Town, thread_id: int) -> None:
    post_id = add_post(conn, town.bob, thread_id, "Rude words").post["id"]
    assert mark_removed(conn, post_id, now_ms=NOW_MS + 1, remover_id=3) == 2
    assert mark_removed(conn, post_id, now_ms=NOW_MS + 2, remover_id=4) is None
    row = read_post_rows(conn, [post_id])[post_id]
    assert (row.removed_ms, row.removed_by, row.version) == (NOW_MS + 1, 3, 2)
    post = read_posts(conn, [row])[post_id]
    assert (post["text"], post["html"], post["is_removed"], post["number"]) == (None, None, True, 2)
