from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.store.moved_lines import find_end, read_merged_thread, read_moved_lines
from tertulia_server.store.moving_posts import write_merge
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def test_lines_are_those_of_the_page_and_lead_to_where_all_went(conn: Connection, town: Town) -> None:
    one = begin_thread(conn, town.ada, town.forum_id, "One").thread["id"]
    other = begin_thread(conn, town.ada, town.forum_id, "Other").thread["id"]
    for _ in range(3):
        add_post(conn, town.bob, one)
    assert read_merged_thread(conn, one) is None
    write_merge(conn, town.mona, one, other, now_ms=NOW_MS)
    assert [line.number for line in read_moved_lines(conn, one, 2, 4)] == [2, 3]
    assert read_moved_lines(conn, other, 1, 9) == []
    merged = read_merged_thread(conn, one)
    assert merged is not None
    assert (merged.id, merged.slug, merged.rules.forum_id) == (other, "other", town.forum_id)


def test_thread_leads_to_the_last_of_those_that_it_was_merged_into(conn: Connection, town: Town) -> None:
    one, other, third = (begin_thread(conn, town.ada, town.forum_id, name).thread["id"] for name in "ABC")
    write_merge(conn, town.mona, one, other, now_ms=NOW_MS)
    write_merge(conn, town.mona, other, third, now_ms=NOW_MS)
    assert [find_end(conn, thread_id) for thread_id in (one, other, third)] == [third] * 3
    assert find_end(conn, 999) == 999
