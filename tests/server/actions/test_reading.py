from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.reading import ReadMarks, read_everything
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.forum.notifications import NotificationKind
from tertulia_server.store.notifications import NewNotification, count_unread, insert_notifications
from tertulia_server.store.port import Connection, Store
from tertulia_server.store.read_marks import FRESH_MS, find_mark
from tertulia_server.store.unread import read_unread_threads
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import NOW_MS, Town, add_post


@pytest.fixture
def ada(town: Town) -> int:
    assert town.ada.member_id is not None
    return town.ada.member_id


class CountedStore:
    """A store that tells how many transactions wrote, and that may be away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.writes = 0
        self.is_away = False

    async def read(self, *args: Any, **kwargs: Any) -> Any:
        return await self._store.read(*args, **kwargs)

    async def write(self, *args: Any, **kwargs: Any) -> Any:
        self.writes += 1
        if self.is_away:
            raise ConnectionError
        return await self._store.write(*args, **kwargs)

    def state(self) -> None: ...

    async def close(self) -> None:
        """The fixture does."""


async def test_marks_of_a_moment_are_written_together(
    store: Store, town: Town, thread_id: int, ada: int, heard: Heard
) -> None:
    for _ in range(4):
        await store.write(add_post, town.bob, thread_id)
    counted = CountedStore(store)
    marks = ReadMarks(Actions(counted, heard, lambda: NOW_MS))
    for number in (2, 4, 3):
        marks.note(ada, thread_id, number)
    await marks.flush()
    assert await store.read(find_mark, ada, thread_id) == 4
    assert counted.writes == 1
    for number in (4, 1):
        marks.note(ada, thread_id, number)
    await marks.flush()
    assert counted.writes == 1, "a page that is loaded again writes nothing"
    assert heard.events() == []
    told = [(signal.channel, signal.name, signal.data) for signal in heard.signals()]
    assert told == [(f"member:{ada}", "marked", {"thread_id": thread_id, "number": 4})], "for their other windows"
    again = ReadMarks(Actions(counted, heard, lambda: NOW_MS))
    again.note(ada, thread_id, 3)
    await again.flush()
    assert len(heard.signals()) == 1, "a mark that stays where it is tells nothing"


async def test_mark_that_is_noted_while_others_are_written_is_not_lost(
    actions: Actions, store: Store, town: Town, thread_id: int, ada: int
) -> None:
    for _ in range(4):
        await store.write(add_post, town.bob, thread_id)
    marks = ReadMarks(actions)
    marks.note(ada, thread_id, 2)
    await asyncio.sleep(0.001)
    marks.note(ada, thread_id, 5)
    await marks.close()
    assert await store.read(find_mark, ada, thread_id) == 5


async def test_marks_wait_for_a_database_that_is_away(
    store: Store, thread_id: int, ada: int, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertulia_server.actions.reading.RETRY_S", 0.01)
    counted = CountedStore(store)
    counted.is_away = True
    marks = ReadMarks(Actions(counted, heard, lambda: NOW_MS))
    marks.note(ada, thread_id, 1)
    while counted.writes < 2:  # noqa: ASYNC110 - the store has no event for it
        await asyncio.sleep(0.01)
    counted.is_away = False
    await marks.flush()
    assert await store.read(find_mark, ada, thread_id) == 1
    counted.is_away = True
    marks.note(ada, thread_id, 2)
    await marks.close()  # gives up on it, and ends


async def test_reading_what_one_was_told_of_is_told_to_all_their_pages(
    actions: Actions, store: Store, town: Town, thread_id: int, ada: int, heard: Heard
) -> None:
    def tell(conn: Connection) -> None:
        post_id = add_post(conn, town.bob, thread_id).post["id"]
        insert_notifications(conn, [NewNotification(ada, post_id, NotificationKind.MENTION, NOW_MS)])

    await store.write(tell)
    marks = ReadMarks(actions)
    for number in (1, 2):
        marks.note(ada, thread_id, number)
        await marks.flush()
    (event,) = heard.events()
    assert (event.channel, event.name, event.data) == (
        f"member:{ada}",
        "notified",
        {"unread": 0, "notification": None},
    )


async def test_everything_is_read_at_once(
    actions: Actions, store: Store, town: Town, thread_id: int, ada: int, heard: Heard
) -> None:
    later_ms = NOW_MS + FRESH_MS

    def post(conn: Connection) -> None:
        post_id = add_post(conn, town.bob, thread_id, now_ms=later_ms).post["id"]
        insert_notifications(conn, [NewNotification(ada, post_id, NotificationKind.MENTION, NOW_MS)])

    await store.write(post)
    assert len((await store.read(read_unread_threads, ada, later_ms))[town.forum_id]) == 1
    later = Actions(store, heard, lambda: later_ms)
    await read_everything(later, town.ada, town.members_forum_id)
    assert len((await store.read(read_unread_threads, ada, later_ms))[town.forum_id]) == 1
    await read_everything(later, town.ada)
    assert await store.read(read_unread_threads, ada, later_ms) == {}
    assert await store.read(count_unread, [ada]) == {ada: 0}
    assert [event.data["unread"] for event in heard.events()] == [0]
    assert [signal.data["thread_id"] for signal in heard.signals()] == [None, None]


async def test_nobody_reads_what_is_not_theirs(actions: Actions, town: Town) -> None:
    with pytest.raises(Refusal) as guest:
        await read_everything(actions, GUEST)
    with pytest.raises(Refusal) as hidden:
        await read_everything(actions, town.ada, town.staff_forum_id)
    assert (guest.value.code, hidden.value.code) == (Code.UNAUTHENTICATED, Code.NOT_FOUND)
