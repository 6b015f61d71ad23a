from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from tertulia_server.forum.models import GUEST
from tertulia_server.store import feeds
from tertulia_server.store.changing import write_removal
from tertulia_server.store.feeds import (
    FEED_ENTRIES,
    count_map_parts,
    read_forum_feed,
    read_map_part,
    read_mapped_forums,
    read_thread_feed,
)
from tertulia_server.store.schema import threads
from tests.server.town import NOW_MS, Town, add_post, begin_thread


def test_feed_of_a_thread_has_its_newest_posts_that_are_not_removed(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    written = [add_post(conn, town.bob, thread_id, f"Post {number}") for number in range(FEED_ENTRIES)]
    write_removal(conn, town.mona, written[-1].post["id"], now_ms=NOW_MS)
    feed = read_thread_feed(conn, thread_id)
    assert feed is not None
    assert [post["number"] for post, _ in feed.entries] == list(range(FEED_ENTRIES, 0, -1))
    assert feed.thread is not None
    assert feed.thread["id"] == thread_id
    assert read_thread_feed(conn, 99) is None


def test_feed_of_a_forum_has_the_last_post_of_each_thread(conn: Connection, town: Town) -> None:
    one = begin_thread(conn, town.ada, town.forum_id, "One").thread["id"]
    begin_thread(conn, town.ada, town.members_forum_id, "Elsewhere")
    two = begin_thread(conn, town.ada, town.forum_id, "Two").thread["id"]
    add_post(conn, town.bob, one, "Last of one", now_ms=NOW_MS + 1)
    feed = read_forum_feed(conn, town.forum_id)
    assert feed is not None
    assert [(thread["id"], post["text"]) for post, thread in feed.entries] == [
        (one, "Last of one"),
        (two, "Who comes?"),
    ]
    assert read_forum_feed(conn, 99) is None


def test_map_lists_in_parts_what_the_visitor_may_read(
    conn: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count_map_parts(conn) == 0
    ids = [begin_thread(conn, town.mona, forum_id).thread["id"] for forum_id in (town.forum_id, town.staff_forum_id)]
    ids += [begin_thread(conn, town.mona, town.forum_id).thread["id"] for _ in range(2)]
    conn.execute(update(threads).where(threads.c.id == ids[3]).values(merged_into=ids[0]))
    monkeypatch.setattr(feeds, "MAP_PART_THREADS", 2)
    assert count_map_parts(conn) == 2
    assert [[thread.id for thread in read_map_part(conn, GUEST, part)] for part in (1, 2, 3)] == [
        [ids[0]],
        [ids[2]],
        [],
    ]
    assert [thread.id for thread in read_map_part(conn, town.mona, 1)] == ids[:2]
    assert [forum["name"] for forum in read_mapped_forums(conn, GUEST)] == ["Town talk"]
