from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import zip_longest

import pytest
from sqlalchemy import Connection

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.store import moving_posts
from tertulia_server.store.announcing import Announcement
from tertulia_server.store.audit import read_entries
from tertulia_server.store.changing import write_edit, write_removal
from tertulia_server.store.forums import read_forum
from tertulia_server.store.log import read_log
from tertulia_server.store.moving_posts import NewThread, write_merge, write_posts_moved, write_split
from tertulia_server.store.pages import read_forum_page, read_post, read_thread_page
from tertulia_server.store.port import Store
from tertulia_server.store.replay import render_events
from tertulia_wire.codes import Code
from tests.server.store.meeting import check_counts
from tests.server.town import NOW_MS, Town, add_post, begin_thread, found_town

NEW = NewThread("Prices", "prices", "some-key-of-split")


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def begin(conn: Connection, town: Town, count: int, title: str = "The fair", forum_id: int = 0) -> list[int]:
    """A thread of so many posts: its id, then theirs."""
    written = begin_thread(conn, town.ada, forum_id or town.forum_id, title)
    more = [add_post(conn, town.bob, written.thread["id"], f"Post {n}").post["id"] for n in range(2, count + 1)]
    return [written.thread["id"], written.post["id"], *more]


def shown(conn: Connection, thread_id: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(number, id) of the posts of the first page, and of its lines."""
    page = read_thread_page(conn, thread_id, 1)
    assert page is not None
    return [(post["number"], post["id"]) for post in page.posts], [(line.number, line.post_id) for line in page.moved]


def names(announcement: Announcement | None, channel: str) -> list[str]:
    assert announcement is not None
    return [event.name for event in announcement.events if event.channel == channel]


async def test_posts_that_are_split_off_get_new_numbers_and_leave_lines(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        thread_id, first, second, third, fourth = begin(conn, town, 4)
        written = write_split(conn, town.mona, thread_id, [fourth, second], NEW, now_ms=NOW_MS)
        new_id = written.thread["id"]
        assert shown(conn, thread_id) == ([(1, first), (3, third)], [(2, second), (4, fourth)])
        assert shown(conn, new_id) == ([(1, second), (2, fourth)], [])
        new = written.thread
        assert (new["title"], new["starter"], new["last_number"]) == ("Prices", "bob", 2)
        place = read_post(conn, second)
        assert place is not None
        assert (place.thread["id"], place.post["number"], place.post["version"]) == (new_id, 1, 2)
        assert names(written.announcement, f"thread:{new_id}") == ["thread.created", "post.edited", "post.edited"]
        assert names(written.announcement, f"thread:{thread_id}") == ["void", "void", "thread.changed"]
        assert add_post(conn, town.bob, thread_id).post["number"] == 5
        check_counts(conn)
        again = write_split(conn, town.mona, thread_id, [third], NEW, now_ms=NOW_MS)
        assert (again.thread["id"], again.announcement) == (new_id, None)

    await store.write(scene)


async def test_what_left_a_channel_is_void_in_all_its_replays(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        thread_id, _, second = begin(conn, town, 2)
        write_split(conn, town.mona, thread_id, [second], NEW, now_ms=NOW_MS)
        events = render_events(conn, read_log(conn, f"thread:{thread_id}", 0, 99))
        assert [event.name for event in events] == ["thread.created", "post.created", "void", "void", "thread.changed"]
        assert "Post 2" not in repr(events)

    await store.write(scene)


async def test_thread_is_merged_into_one_of_another_forum_in_parts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving_posts, "_OF_THREAD", moving_posts._OF_THREAD.limit(2))

    def scene(conn: Connection) -> None:
        town = found_town(conn)
        thread_id, *ids = begin(conn, town, 3)
        target_id, *others = begin(conn, town, 2, "Elsewhere", town.members_forum_id)
        assert not write_merge(conn, town.mona, thread_id, target_id, now_ms=NOW_MS).is_done
        merged = write_merge(conn, town.mona, thread_id, target_id, now_ms=NOW_MS)
        assert merged.is_done
        assert shown(conn, target_id)[0] == list(enumerate([*others, *ids], start=1))
        assert shown(conn, thread_id) == ([], list(enumerate(ids, start=1)))
        old = read_thread_page(conn, thread_id, 1)
        assert old is not None
        assert (old.thread["is_merged"], old.thread["moved_count"], old.thread["last_post_by"]) == (True, 3, None)
        announcement = merged.thread_written.announcement
        assert names(announcement, f"forum:{town.forum_id}") == ["void", "thread.changed"]
        page = read_forum_page(conn, town.forum_id, 1)
        assert page is not None
        assert page.threads == []
        row = read_forum(conn, town.forum_id)
        assert row is not None
        assert row.last_thread_id is None
        check_counts(conn)
        with pytest.raises(Refusal, match="merged"):
            write_merge(conn, town.mona, target_id, thread_id, now_ms=NOW_MS)
        actions = [line.entry.action.value for line in read_entries(conn).lines]
        assert actions == ["thread.merged", "posts.moved"]

    await store.write(scene)


async def test_post_that_comes_back_gets_a_third_number(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        one_id, first, second = begin(conn, town, 2)
        other_id, other = begin(conn, town, 1, "Elsewhere")
        write_posts_moved(conn, town.mona, one_id, [second], other_id, now_ms=NOW_MS)
        write_posts_moved(conn, town.mona, other_id, [second], one_id, now_ms=NOW_MS)
        assert shown(conn, one_id) == ([(1, first), (3, second)], [(2, second)])
        assert shown(conn, other_id) == ([(1, other)], [(2, second)])
        page = read_thread_page(conn, one_id, 1)
        assert page is not None
        assert [line.is_anchor for line in page.moved] == [False]
        check_counts(conn)

    await store.write(scene)


async def test_moves_that_cannot_be_are_refused(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        one_id, first, second = begin(conn, town, 2)
        other_id, other = begin(conn, town, 1, "Elsewhere", town.members_forum_id)
        here_only = replace(town.mona, moderates=frozenset({town.forum_id}))

        def refuses(code: Code, visitor: Visitor, ids: list[int], target_id: int) -> None:
            with pytest.raises(Refusal) as caught:
                write_posts_moved(conn, visitor, one_id, ids, target_id, now_ms=NOW_MS)
            assert caught.value.code is code

        refuses(Code.FORBIDDEN, town.ada, [first], other_id)
        refuses(Code.FORBIDDEN, here_only, [first], other_id)
        refuses(Code.BANNED, town.rob, [first], other_id)
        refuses(Code.NOT_FOUND, town.mona, [first], 999)
        refuses(Code.INVALID, town.mona, [], other_id)
        refuses(Code.INVALID, town.mona, [first, other], other_id)
        refuses(Code.INVALID, town.mona, [first], one_id)
        with pytest.raises(Refusal, match="all its posts"):
            write_split(conn, town.mona, one_id, [first, second], NEW, now_ms=NOW_MS)
        assert shown(conn, one_id)[1] == []

    await store.write(scene)


async def test_removals_and_edits_beside_moves_leave_the_counters_right(store: Store) -> None:
    town = await store.write(found_town)
    one_id, *ids = await store.write(begin, town, 9)
    other_id, *_ = await store.write(begin, town, 1, "Elsewhere")
    moves = [store.write(write_posts_moved, town.mona, one_id, [post_id], other_id, now_ms=NOW_MS) for post_id in ids]
    removals = [store.write(write_removal, town.mona, post_id, now_ms=NOW_MS) for post_id in ids[::2]]
    edits = [store.write(write_edit, town.bob, id_, "New", "New", version=1, now_ms=NOW_MS) for id_ in ids[1::2]]
    await asyncio.gather(*(job for jobs in zip_longest(moves, removals, edits) for job in jobs if job is not None))
    await store.read(check_counts)
    numbers = [number for number, _ in (await store.read(shown, other_id))[0]]
    assert numbers == list(range(1, 11))
