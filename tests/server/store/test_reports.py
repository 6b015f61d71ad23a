from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.store.reports import POSTS_PER_PAGE, count_queue, read_queue, write_report
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def test_queue_begins_with_what_waits_longest_and_is_bounded(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    ids = [add_post(conn, town.ada, thread_id).post["id"] for _ in range(POSTS_PER_PAGE + 2)]
    for place, post_id in enumerate(ids):
        write_report(conn, town.bob if place % 2 else town.mona, post_id, f"{place}", now_ms=NOW_MS)
    write_report(conn, town.mona, ids[1], "me too", now_ms=NOW_MS)
    assert [post.id for post in read_queue(conn, None)] == ids[:POSTS_PER_PAGE]
    assert [report.reporter for report in read_queue(conn, [town.forum_id])[1].reports] == ["bob", "mona"]
    assert count_queue(conn, None) == POSTS_PER_PAGE + 2
    assert count_queue(conn, [town.staff_forum_id]) == 0
