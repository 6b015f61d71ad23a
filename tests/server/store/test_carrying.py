from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.forum.drafts import Place, PlaceKind
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.notifications import NotificationKind
from tertulia_server.store.drafts import NewDraft, discard_draft, read_draft, save_draft
from tertulia_server.store.moving_posts import NewThread, write_merge, write_split
from tertulia_server.store.notifications import NewNotification, count_unread, insert_notifications
from tertulia_server.store.port import Store
from tertulia_server.store.read_marks import ReadMark, find_mark, raise_marks
from tertulia_server.store.watches import is_watching, set_watching
from tests.server.town import NOW_MS, Town, add_post, begin_thread, found_town


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def id_of(visitor: Visitor) -> int:
    assert visitor.member_id is not None
    return visitor.member_id


def begin(conn: Connection, town: Town, title: str) -> tuple[int, list[int]]:
    """Ada's thread with two answers of Bob's, and the ids of all three."""
    first = begin_thread(conn, town.ada, town.forum_id, title)
    thread_id = first.thread["id"]
    return thread_id, [first.post["id"], *(add_post(conn, town.bob, thread_id).post["id"] for _ in range(2))]


def keep(conn: Connection, thread_id: int, member_id: int, text: str, changed_ms: int = NOW_MS) -> None:
    new = NewDraft(Place(PlaceKind.THREAD, thread_id), "", text, 0, changed_ms)
    save_draft(conn, member_id, new, now_ms=NOW_MS + 60_000)


def draft(conn: Connection, thread_id: int, member_id: int) -> tuple[str, str] | None:
    found = read_draft(conn, member_id, Place(PlaceKind.THREAD, thread_id), now_ms=NOW_MS)
    return None if found is None else (found.place, found.text)


async def test_who_watches_a_thread_watches_where_it_went_unless_they_said_no_there(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        ada, bob, mona = id_of(town.ada), id_of(town.bob), id_of(town.mona)
        source, _ = begin(conn, town, "One")
        target, _ = begin(conn, town, "Other")
        for member_id in (ada, bob):
            set_watching(conn, source, member_id, is_watching=True)
        set_watching(conn, source, mona, is_watching=False)
        set_watching(conn, target, bob, is_watching=False)
        write_merge(conn, town.mona, source, target, now_ms=NOW_MS)
        assert [is_watching(conn, target, member_id) for member_id in (ada, bob, mona)] == [True, False, False]

    await store.write(scene)


async def test_of_a_part_its_writers_hear_of_the_answers(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        source, ids = begin(conn, town, "One")
        for visitor in (town.ada, town.bob, town.mona):
            set_watching(conn, source, id_of(visitor), is_watching=True)
        new = write_split(conn, town.mona, source, ids[1:], NewThread("New", "new", "key-of-the-split"), now_ms=NOW_MS)
        watching = [is_watching(conn, new.thread["id"], id_of(who)) for who in (town.ada, town.bob, town.mona)]
        assert watching == [False, True, False]
        assert is_watching(conn, source, id_of(town.bob))

    await store.write(scene)


async def test_what_watchers_had_read_is_nothing_new_to_them(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        source, _ = begin(conn, town, "One")
        target, _ = begin(conn, town, "Other")
        marks = {town.ada: (3, 3), town.bob: (3, 2), town.mona: (2, 3)}
        for who, (here, there) in marks.items():
            set_watching(conn, source, id_of(who), is_watching=True)
            raise_marks(conn, [ReadMark(id_of(who), source, here), ReadMark(id_of(who), target, there)])
        write_merge(conn, town.mona, source, target, now_ms=NOW_MS)
        assert [find_mark(conn, id_of(who), target) for who in marks] == [6, 2, 3]

    await store.write(scene)


async def test_notification_that_was_read_is_not_unread_again_under_another_number(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        ada = id_of(town.ada)
        source, ids = begin(conn, town, "One")
        target, _ = begin(conn, town, "Other")
        new = [NewNotification(ada, post_id, NotificationKind.REPLY, NOW_MS) for post_id in ids[1:]]
        insert_notifications(conn, new)
        raise_marks(conn, [ReadMark(ada, source, 2)])
        assert count_unread(conn, [ada])[ada] == 1
        write_merge(conn, town.mona, source, target, now_ms=NOW_MS)
        assert count_unread(conn, [ada])[ada] == 1
        raise_marks(conn, [ReadMark(ada, target, 6)])
        assert count_unread(conn, [ada])[ada] == 0

    await store.write(scene)


async def test_what_was_being_written_goes_along_and_both_names_lead_to_it(store: Store) -> None:
    def scene(conn: Connection) -> None:
        town = found_town(conn)
        ada, bob, mona = id_of(town.ada), id_of(town.bob), id_of(town.mona)
        source, _ = begin(conn, town, "One")
        target, _ = begin(conn, town, "Other")
        keep(conn, source, ada, "Only here")
        keep(conn, source, bob, "Later", NOW_MS + 2)
        keep(conn, target, bob, "Sooner", NOW_MS + 1)
        keep(conn, target, mona, "Only there")
        write_merge(conn, town.mona, source, target, now_ms=NOW_MS)
        place = f"thread:{target}"
        for thread_id in (source, target):
            assert draft(conn, thread_id, ada) == (place, "Only here")
            assert draft(conn, thread_id, bob) == (place, "Sooner\n\nLater")
            assert draft(conn, thread_id, mona) == (place, "Only there")
        keep(conn, source, mona, "From a page that was open", NOW_MS + 60_000)
        assert draft(conn, target, mona) == (place, "From a page that was open")
        kept = read_draft(conn, ada, Place(PlaceKind.THREAD, target), now_ms=NOW_MS)
        assert kept is not None
        assert discard_draft(conn, ada, Place(PlaceKind.THREAD, source), version=kept.version)
        assert draft(conn, target, ada) is None

    await store.write(scene)
