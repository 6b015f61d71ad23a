from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from tertulia_server.forum.models import Audience
from tertulia_server.store.log import read_epoch
from tertulia_server.store.pages import (
    THREADS_PER_PAGE,
    read_forum_page,
    read_index,
    read_post,
    read_thread_page,
)
from tertulia_server.store.schema import threads
from tertulia_wire.cursors import Cursor
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def test_index_shows_forums_with_the_thread_last_posted_in(conn: Connection, town: Town) -> None:
    older = begin_thread(conn, town.ada, town.forum_id, "Older").thread["id"]
    begin_thread(conn, town.ada, town.forum_id, "Newer")
    add_post(conn, town.bob, older)
    index = read_index(conn)
    assert index.epoch == read_epoch(conn)
    assert [(summary.forum["name"], summary.rules.audience) for summary in index.forums] == [
        ("Town talk", Audience.PUBLIC),
        ("Staff", Audience.STAFF),
        ("Members", Audience.MEMBERS),
    ]
    last = index.forums[0].last_thread
    assert last is not None
    assert (last["title"], last["last_post_by"]) == ("Older", "bob")
    assert index.forums[1].last_thread is None


def test_forum_page_lists_pinned_threads_first_then_the_last_posted_in(conn: Connection, town: Town) -> None:
    ids = [begin_thread(conn, town.ada, town.forum_id, title).thread["id"] for title in "ABC"]
    add_post(conn, town.bob, ids[0], now_ms=NOW_MS + 1)
    conn.execute(update(threads).where(threads.c.id == ids[1]).values(is_pinned=True))
    page = read_forum_page(conn, town.forum_id, 1)
    assert page is not None
    assert [thread["title"] for thread in page.threads] == ["B", "A", "C"]
    assert (page.page, page.page_count, page.rules.audience) == (1, 1, Audience.PUBLIC)
    assert page.cursor == Cursor(read_epoch(conn), 7)
    assert page.forum["thread_count"] == 3


def test_forum_pages_hold_every_thread_once(conn: Connection, town: Town) -> None:
    ids = {begin_thread(conn, town.ada, town.forum_id).thread["id"] for _ in range(THREADS_PER_PAGE + 3)}
    pages = [read_forum_page(conn, town.forum_id, number) for number in (1, 2)]
    shown = [thread["id"] for page in pages if page is not None for thread in page.threads]
    assert len(shown) == len(ids)
    assert set(shown) == ids
    assert [page.page_count for page in pages if page is not None] == [2, 2]
    assert read_forum_page(conn, town.forum_id, 3) is None


def test_forum_without_threads_has_one_empty_page(conn: Connection, town: Town) -> None:
    page = read_forum_page(conn, town.forum_id, 1)
    assert page is not None
    assert (page.threads, page.page_count, page.cursor.seq) == ([], 1, 0)


@pytest.mark.parametrize(("forum_id", "page"), [(99, 1), (1, 0), (1, -1), (1, 2)])
def test_forum_page_that_is_not_there_is_none(conn: Connection, town: Town, forum_id: int, page: int) -> None:
    assert read_forum_page(conn, forum_id, page) is None


def test_thread_pages_hold_twenty_numbers_each(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    for _ in range(20):
        add_post(conn, town.bob, begun.thread["id"])
    first, second = (read_thread_page(conn, begun.thread["id"], number) for number in (1, 2))
    assert first is not None
    assert second is not None
    assert [post["number"] for post in first.posts] == list(range(1, 21))
    assert [post["number"] for post in second.posts] == [21]
    assert (first.page_count, second.page_count, second.page) == (2, 2, 2)
    assert (first.forum["id"], first.rules.audience) == (town.forum_id, Audience.PUBLIC)
    assert first.cursor == Cursor(read_epoch(conn), 22)
    assert first.thread["last_number"] == 21


@pytest.mark.parametrize("page", [-1, 0, 2, 10**9])
def test_thread_page_that_is_not_there_is_none(conn: Connection, town: Town, page: int) -> None:
    assert read_thread_page(conn, begin_thread(conn, town.ada, town.forum_id).thread["id"], page) is None


def test_thread_that_is_not_there_is_none(conn: Connection, town: Town) -> None:
    assert read_thread_page(conn, 99, 1) is None


def test_post_is_read_with_the_page_that_shows_it(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    ids = [add_post(conn, town.bob, begun.thread["id"]).post["id"] for _ in range(20)]
    places = [read_post(conn, post_id) for post_id in (begun.post["id"], ids[-2], ids[-1])]
    assert [place.page for place in places if place is not None] == [1, 1, 2]
    place = places[-1]
    assert place is not None
    assert (place.post["number"], place.thread["id"], place.forum["id"]) == (21, begun.thread["id"], town.forum_id)
    assert place.rules.audience is Audience.PUBLIC
    assert read_post(conn, 999) is None
