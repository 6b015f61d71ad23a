"""Importing into a store: once, again, page by page, beside live posts, and never half."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, Table, func, select, update

import tertulia_server
from tertulia_server.forum.archive import ArchivedThread, read_archive
from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.store import archive as archive_module
from tertulia_server.store.archive import ARCHIVE_CATEGORY, import_thread
from tertulia_server.store.forums import create_category, create_forum
from tertulia_server.store.log import read_log
from tertulia_server.store.members import insert_member
from tertulia_server.store.opening import open_store
from tertulia_server.store.pages import read_forum_page, read_index, read_thread_page
from tertulia_server.store.port import Store
from tertulia_server.store.replay import render_events
from tertulia_server.store.schema import categories, forums, log, metadata, posts, threads

DEMO = Path(tertulia_server.__file__).parent / "demo"
PAGES = [(f"lighthouse-{n}.txt", (DEMO / f"lighthouse-{n}.txt").read_bytes()) for n in (1, 2)]
FIRST, SECOND, BOTH = read_archive(PAGES[:1]), read_archive(PAGES[1:]), read_archive(PAGES)


@pytest_asyncio.fixture
async def store(any_url: str) -> AsyncIterator[Store]:
    opened = await open_store(any_url)
    yield opened
    await opened.close()


def everything(conn: Connection) -> dict[str, list[Any]]:
    return {table.name: [tuple(row) for row in conn.execute(select(table))] for table in metadata.sorted_tables}


def count(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


def write_live_post(conn: Connection, thread_id: int, number: int) -> None:
    author_id = insert_member(conn, f"live {number}", joined_ms=1)
    values = {"thread_id": thread_id, "number": number, "author_id": author_id, "created_ms": 5}
    conn.execute(posts.insert().values(text="live", html="<p>live</p>", **values))
    conn.execute(update(threads).values(last_number=number, bumped_ms=5_000_000_000_000))


async def test_import_makes_forum_thread_posts_and_members(store: Store) -> None:
    outcome = await store.write(import_thread, BOTH)
    assert (outcome.is_new_thread, outcome.is_new_forum, outcome.forum) == (True, True, "Keepers and Menders")
    assert (outcome.added_posts, outcome.present_posts) == (28, 0)
    assert (outcome.added_members, outcome.changed_members) == (14, 0)
    page = await store.read(read_thread_page, outcome.thread_id, 1)
    assert page is not None
    assert (page.forum["name"], page.forum["category"]) == ("Keepers and Menders", ARCHIVE_CATEGORY)
    assert page.thread["title"] == BOTH.title
    assert (page.thread["starter"], page.thread["started_day"]) == ("Maren Holm", "2012-03-04")
    assert (page.thread["post_count"], page.thread["last_number"], page.page_count) == (28, 28, 2)
    assert page.thread["last_post_by"] == "Maren Holm"
    assert [post["number"] for post in page.posts] == list(range(1, 21))


async def test_import_dates_the_first_post_by_its_day_and_no_other(store: Store) -> None:
    outcome = await store.write(import_thread, BOTH)
    page = await store.read(read_thread_page, outcome.thread_id, 1)
    assert page is not None
    assert [post["created_day"] for post in page.posts] == ["2012-03-04", *[None] * 19]
    assert {post["created_ms"] for post in page.posts} == {None}
    assert (page.thread["started_ms"], page.thread["last_post_ms"]) == (None, None)


async def test_import_shows_cards_as_the_archive_has_them(store: Store) -> None:
    outcome = await store.write(import_thread, BOTH)
    page = await store.read(read_thread_page, outcome.thread_id, 1)
    assert page is not None
    cards = {post["author"]["name"]: post["author"] for post in page.posts}
    surveyor = cards["The Surveyor"]
    assert (surveyor["rank"], surveyor["joined_day"]) == ("HARBOUR MASTER", "2004-12-01")
    assert (surveyor["positive"], surveyor["messages"], surveyor["negative"]) == (960, 8024, 12)
    assert (cards["brassmonkey99"]["rank"], cards["brassmonkey99"]["is_banned"]) == ("BANNED", True)
    assert (cards["Joaquín Peña"]["rank"], cards["Joaquín Peña"]["messages"]) == ("FULL MEMBER", 178)
    assert cards["Maren Holm"]["messages"] == 2318


async def test_import_keeps_text_literal(store: Store) -> None:
    outcome = await store.write(import_thread, BOTH)
    page = await store.read(read_thread_page, outcome.thread_id, 2)
    assert page is not None
    chandler = page.posts[4]
    assert chandler["format"] == "literal"
    assert chandler["html"] is not None
    assert "&lt;lost at sea&gt;, which &amp;mdash; let us say" in chandler["html"]
    assert "<table" not in chandler["html"]


async def test_import_tells_the_thread_and_the_forum_in_the_log(store: Store) -> None:
    outcome = await store.write(import_thread, BOTH)
    for channel in (f"thread:{outcome.thread_id}", "forum:1"):
        logged = await store.read(read_log, channel, 0, 10_000)
        assert [event.name for event in logged] == ["thread.created", *["post.created"] * 28]
        assert [event.seq for event in logged] == list(range(1, 30))
        rendered = await store.read(render_events, logged)
        assert [event.name for event in rendered] == [event.name for event in logged]


async def test_import_counts_in_the_index_and_lists_by_the_threads_day(store: Store) -> None:
    def make_forum(conn: Connection) -> None:
        create_forum(conn, create_category(conn, "House"), "Keepers and Menders")

    await store.write(make_forum)
    outcome = await store.write(import_thread, BOTH)
    assert not outcome.is_new_forum
    index = await store.read(read_index)
    (summary,) = index.forums
    assert (summary.forum["thread_count"], summary.forum["post_count"]) == (1, 28)
    assert summary.last_thread is not None
    page = await store.read(read_forum_page, 1, 1)
    assert page is not None
    assert [thread["id"] for thread in page.threads] == [outcome.thread_id]


async def test_import_again_changes_nothing(store: Store) -> None:
    await store.write(import_thread, BOTH)
    before = await store.read(everything)
    for archive, present in ((BOTH, 28), (FIRST, 20), (SECOND, 8)):
        outcome = await store.write(import_thread, archive)
        assert (outcome.added_posts, outcome.present_posts, outcome.is_new_thread) == (0, present, False)
    assert await store.read(everything) == before


async def test_import_of_the_second_page_later_adds_it(store: Store) -> None:
    first = await store.write(import_thread, FIRST)
    second = await store.write(import_thread, SECOND)
    assert second.thread_id == first.thread_id
    assert (second.added_posts, second.added_members, second.is_new_forum) == (8, 2, False)
    assert second.changed_members == 4
    page = await store.read(read_thread_page, first.thread_id, 2)
    assert page is not None
    assert (page.thread["post_count"], page.thread["last_number"]) == (28, 28)
    assert page.posts[1]["author"]["messages"] == 2318
    logged = await store.read(read_log, f"thread:{first.thread_id}", 21, 100)
    assert [event.name for event in logged] == ["thread.changed", *["post.created"] * 8]


async def test_import_of_the_first_page_later_fills_the_gap(store: Store) -> None:
    second = await store.write(import_thread, SECOND)
    first = await store.write(import_thread, FIRST)
    assert (first.added_posts, first.thread_id) == (20, second.thread_id)
    page = await store.read(read_thread_page, first.thread_id, 1)
    assert page is not None
    assert page.posts[0]["created_day"] == "2012-03-04"
    assert (page.thread["last_number"], page.thread["last_post_by"]) == (28, "Maren Holm")
    assert len(page.posts) == 20


async def test_import_leaves_live_posts_alone(store: Store) -> None:
    outcome = await store.write(import_thread, FIRST)
    await store.write(write_live_post, outcome.thread_id, 21)
    before = await store.read(everything)
    assert (await store.write(import_thread, FIRST)).added_posts == 0
    with pytest.raises(ArchiveError) as refused:
        await store.write(import_thread, BOTH)
    assert str(refused.value).startswith("lighthouse-2.txt:7: Number 21 is taken by a post that was written here")
    assert await store.read(everything) == before


async def test_import_leaves_edited_and_removed_posts_alone(store: Store) -> None:
    await store.write(import_thread, BOTH)

    def change(conn: Connection) -> None:
        conn.execute(update(posts).where(posts.c.number == 2).values(text="edited", version=2))
        conn.execute(update(posts).where(posts.c.number == 3).values(removed_ms=1, version=2))
        conn.execute(update(posts).where(posts.c.number == 4).values(text="as an older file had it"))

    await store.write(change)
    before = await store.read(everything)
    outcome = await store.write(import_thread, BOTH)
    assert await store.read(everything) == before
    assert [note for note in outcome.notes if "another text" in note] == [
        "lighthouse-1.txt:36: post 4 is there with another text; it stays so."
    ]


async def test_import_into_a_named_forum_and_never_moved_by_another(store: Store) -> None:
    outcome = await store.write(import_thread, FIRST, "Harbour")
    assert outcome.forum == "Harbour"
    again = await store.write(import_thread, FIRST, "Elsewhere")
    assert (again.forum, again.added_posts) == ("Harbour", 0)
    assert "The thread is in the forum 'Harbour' and stays there." in again.notes
    assert await store.read(count, forums) == 1


async def test_import_of_two_threads_shares_forum_category_and_members(store: Store) -> None:
    other = PAGES[0][1].replace(b"Mar 4, 2012.", b"Mar 4, 2015.").replace(b"'Keepers and Menders'", b"'Others'")
    await store.write(import_thread, BOTH)
    outcome = await store.write(import_thread, read_archive([("other.txt", other)]))
    assert (outcome.is_new_thread, outcome.added_members) == (True, 0)
    assert await store.read(count, categories) == 1
    assert await store.read(count, threads) == 2


async def test_import_that_fails_at_its_end_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await store.read(everything)

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(archive_module, "append_events", fail)
    with pytest.raises(OSError, match="disk"):
        await store.write(import_thread, BOTH)
    assert await store.read(everything) == before
    assert await store.read(count, log) == 0


async def test_import_of_a_registered_name_is_refused(store: Store) -> None:
    await store.write(insert_member, "maren HOLM", joined_ms=1)
    before = await store.read(everything)
    with pytest.raises(ArchiveError) as refused:
        await store.write(import_thread, BOTH)
    assert str(refused.value) == "lighthouse-2.txt:72: 'Maren Holm' has the name of 'maren HOLM', who registered here."
    assert await store.read(everything) == before


def test_import_knows_a_thread_by_its_key_alone() -> None:
    archive: ArchivedThread = read_archive([("renamed.txt", PAGES[0][1])])
    assert archive.key == FIRST.key
