from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from tertulia_server.forum.models import Audience
from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.log import read_epoch, renew_epoch
from tertulia_server.store.schema import forums
from tertulia_server.store.stamps import PagePlace, ThreadStamp, read_stamped_page, read_thread_stamps
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def stamp(conn: Connection, thread_id: int, page: int = 1) -> ThreadStamp:
    place = PagePlace(thread_id, page)
    return read_thread_stamps(conn, [place])[place]


def test_stamp_stays_while_nothing_on_the_page_changes(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id, "The fair").thread["id"]
    before = stamp(conn, thread_id)
    begin_thread(conn, town.bob, town.forum_id)
    assert stamp(conn, thread_id) == before
    assert (before.epoch, before.slug, before.rules.audience) == (read_epoch(conn), "the-fair", Audience.PUBLIC)
    assert (before.starter, before.forum, before.page_count) == ("ada", "Town talk", 1)


def post_here(conn: Connection, town: Town, thread_id: int, _post_id: int) -> None:
    add_post(conn, town.bob, thread_id)


def post_elsewhere(conn: Connection, town: Town, _thread_id: int, _post_id: int) -> None:
    begin_thread(conn, town.ada, town.forum_id)  # counts on the card of who wrote here


def edit(conn: Connection, town: Town, _thread_id: int, post_id: int) -> None:
    write_edit(conn, town.ada, post_id, "Other words", "<p>Other words</p>", version=1, now_ms=NOW_MS)


def remove(conn: Connection, town: Town, _thread_id: int, post_id: int) -> None:
    write_removal(conn, town.mona, post_id, now_ms=NOW_MS)


def narrow(conn: Connection, town: Town, _thread_id: int, _post_id: int) -> None:
    conn.execute(update(forums).where(forums.c.id == town.forum_id).values(audience="staff"))


def rename(conn: Connection, town: Town, _thread_id: int, _post_id: int) -> None:
    conn.execute(update(forums).where(forums.c.id == town.forum_id).values(name="Talk of the town"))


def restore(conn: Connection, _town: Town, _thread_id: int, _post_id: int) -> None:
    renew_epoch(conn)


@pytest.mark.parametrize("change", [post_here, post_elsewhere, edit, remove, narrow, rename, restore])
def test_whatever_a_page_shows_changes_its_stamp(
    conn: Connection, town: Town, change: Callable[[Connection, Town, int, int], None]
) -> None:
    written = begin_thread(conn, town.ada, town.forum_id)
    before = stamp(conn, written.thread["id"])
    change(conn, town, written.thread["id"], written.post["id"])
    assert stamp(conn, written.thread["id"]) != before


def test_post_on_another_page_changes_only_what_it_must(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    for _ in range(20):
        add_post(conn, town.ada, thread_id)
    first, second = stamp(conn, thread_id), stamp(conn, thread_id, 2)
    assert (first.post_count, second.post_count, first.page_count) == (20, 1, 2)


def test_pages_that_are_not_there_have_no_stamp(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    places = [PagePlace(thread_id, 1), PagePlace(thread_id, 2), PagePlace(99, 1)]
    assert set(read_thread_stamps(conn, places)) == {places[0]}
    assert read_stamped_page(conn, places[1]) is None
    assert read_stamped_page(conn, places[2]) is None


def test_page_comes_with_the_stamp_of_its_own_snapshot(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    found = read_stamped_page(conn, PagePlace(thread_id, 1))
    assert found is not None
    assert found.stamp == stamp(conn, thread_id)
    assert (found.page.cursor.seq, found.page.thread["id"]) == (found.stamp.seq, thread_id)
