"""Searching finds the same on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, update

from tertulia_server.forum.models import GUEST, Visitor
from tertulia_server.forum.searching import parse_search
from tertulia_server.store import searching
from tertulia_server.store.changing import write_edit, write_removal, write_restoration
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.store.schema import threads
from tertulia_server.store.searching import FOUND_PER_PAGE, Found, Search, find_posts
from tests.server.store.engines import ENGINES, Databases
from tests.server.town import NOW_MS, Town, add_post, begin_thread, found_town, move


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Store]:
    opened = await open_store(databases.new(request.param))
    yield opened
    await opened.close()


def looked_for(text: str, **narrowed: object) -> Search:
    return replace(Search(parse_search(text)), **narrowed)  # type: ignore[arg-type]


def texts(found: Found) -> list[str | None]:
    return [post.post["text"] for post in found.posts]


async def test_words_are_found_whatever_their_case_and_accents(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
        for text in ("The old lamp, lit.", "Ein Ñandú läuft. see notes.example.com/lamp_oil", "Nothing of that kind"):
            add_post(conn, town.bob, thread_id, text)

        def find(words: str) -> list[str | None]:
            return [text and text[:3] for text in texts(find_posts(conn, GUEST, looked_for(words)))]

        assert find("LAMP lit") == ["The"]
        assert sorted(str(text) for text in find("lamp")) == ["Ein", "The"]
        assert find("nandu") == find("ÑANDÚ") == ["Ein"]
        assert find("lamp -old") == ["Ein"]
        assert find('"old lamp"') == ["The"]
        assert find('"lamp old"') == []
        assert find("example oil") == ["Ein"]
        assert find("kin") == []
        assert find("lamp' OR NOT (\"") == []

    await store.write(scene)


async def test_found_posts_come_with_their_place_and_the_words_marked(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        written = begin_thread(conn, town.ada, town.forum_id, "About the lamp")
        add_post(conn, town.bob, written.thread["id"], "Bring <b>that</b> lamp.")
        found = find_posts(conn, GUEST, looked_for("lamp"))
        assert [thread["title"] for thread in found.titles] == ["About the lamp"]
        [post] = found.posts
        assert (post.thread["title"], post.forum["name"]) == ("About the lamp", "Town talk")
        assert [piece.text for piece in post.excerpt if piece.is_found] == ["lamp"]
        assert (found.total, found.page_count, found.is_cut) == (1, 1, False)

    await store.write(scene)


async def test_what_fits_better_or_is_newer_comes_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
        add_post(conn, town.bob, thread_id, "lamp lamp lamp lamp")
        add_post(conn, town.bob, thread_id, "A lamp among very many other words that say a lot of other things")
        assert [str(text)[:4] for text in texts(find_posts(conn, GUEST, looked_for("lamp")))] == ["lamp", "A la"]
        newest = looked_for("lamp", is_newest_first=True)
        assert [str(text)[:4] for text in texts(find_posts(conn, GUEST, newest))] == ["A la", "lamp"]
        monkeypatch.setattr(searching, "MAX_MATCHES", 1)
        cut = find_posts(conn, GUEST, looked_for("lamp"))
        assert (cut.total, cut.is_cut, len(cut.posts)) == (1, True, 1)

    await store.write(scene)


async def test_removed_text_is_not_found_until_it_is_restored(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
        post = add_post(conn, town.bob, thread_id, "A lamp.").post

        def count(words: str) -> int:
            return find_posts(conn, town.mona, looked_for(words)).total

        write_edit(conn, town.bob, post["id"], "A candle.", "", version=1, now_ms=NOW_MS)
        assert (count("lamp"), count("candle")) == (0, 1)
        write_removal(conn, town.mona, post["id"], now_ms=NOW_MS)
        assert count("candle") == 0
        write_restoration(conn, town.mona, post["id"], now_ms=NOW_MS)
        assert count("candle") == 1

    await store.write(scene)


async def test_each_finds_only_what_they_may_read(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        open_id, members_id, staff_id = [
            begin_thread(conn, town.mona, forum_id, "The lamp").thread["id"]
            for forum_id in (town.forum_id, town.members_forum_id, town.staff_forum_id)
        ]
        for thread_id in (open_id, members_id, staff_id):
            add_post(conn, town.mona, thread_id, "This lamp.")

        def count(visitor: Visitor, **narrowed: object) -> tuple[int, int]:
            found = find_posts(conn, visitor, looked_for("lamp", **narrowed))
            return found.total, len(found.titles)

        visitors = (GUEST, town.rob, town.ada, town.mona)
        assert [count(visitor) for visitor in visitors] == [(1, 1), (1, 1), (2, 2), (3, 3)]
        assert count(town.ada, forum_id=town.staff_forum_id) == count(GUEST, forum_id=99) == (0, 0)
        move(conn, open_id, town.staff_forum_id)
        assert count(GUEST) == (0, 0)

    await store.write(scene)


async def test_search_is_narrowed_by_forum_author_and_date(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town: Town = found_town(conn)
        thread_id = begin_thread(conn, town.ada, town.forum_id, "The lamp").thread["id"]
        for author, time_ms in ((town.ada, NOW_MS), (town.bob, NOW_MS + 10)):
            add_post(conn, author, thread_id, f"A lamp of {author.name}.", now_ms=time_ms)

        def find(**narrowed: object) -> tuple[list[str], int]:
            found = find_posts(conn, town.ada, looked_for("lamp", **narrowed))
            return sorted(str(text)[10:13] for text in texts(found)), len(found.titles)

        assert find(author="BOB") == (["bob"], 0)
        assert find(author="nobody") == ([], 0)
        assert find(forum_id=town.forum_id) == (["ada", "bob"], 1)
        assert find(forum_id=town.members_forum_id) == ([], 0)
        assert find(from_ms=NOW_MS + 10) == (["bob"], 0)
        assert find(until_ms=NOW_MS + 10) == (["ada"], 1)
        conn.execute(update(threads).where(threads.c.id == thread_id).values(merged_into=thread_id))
        assert find()[1] == 0

    await store.write(scene)


async def test_pages_are_bounded(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        thread_id = begin_thread(conn, town.ada, town.forum_id, "The lamp").thread["id"]
        for _ in range(FOUND_PER_PAGE + 1):
            add_post(conn, town.ada, thread_id, "A lamp.")
        first, second, third = [find_posts(conn, GUEST, looked_for("lamp", page=page)) for page in (1, 2, 3)]
        assert [len(found.posts) for found in (first, second, third)] == [FOUND_PER_PAGE, 1, 0]
        assert (first.page_count, len(first.titles), len(second.titles)) == (2, 1, 0)

    await store.write(scene)
