from __future__ import annotations

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.notifications import choose_notifications, read_notifications, watch_thread
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.forum.notifications import NotificationChoices, NotificationKind
from tertulia_server.store.moving_posts import write_merge
from tertulia_server.store.notifications import NewNotification, insert_notifications
from tertulia_server.store.port import Connection, Store
from tertulia_server.store.watches import is_watching, read_choices
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import NOW_MS, Town, add_post, begin_thread, move


@pytest.fixture
def ada(town: Town) -> int:
    assert town.ada.member_id is not None
    return town.ada.member_id


async def test_what_is_read_is_told_to_all_pages_once(
    actions: Actions, store: Store, town: Town, thread_id: int, ada: int, heard: Heard
) -> None:
    def tell(conn: Connection) -> list[int]:
        posts = [add_post(conn, town.bob, thread_id).post["id"] for _ in range(2)]
        new = [NewNotification(ada, post_id, NotificationKind.MENTION, NOW_MS) for post_id in posts]
        return [told.id for told in insert_notifications(conn, new)]

    first, second = await store.write(tell)
    for until_id in (first, first, second, second):
        await read_notifications(actions, town.ada, until_id)
    assert [(event.channel, event.data["unread"]) for event in heard.events()] == [
        (f"member:{ada}", 1),
        (f"member:{ada}", 0),
    ]


async def test_thread_is_watched_and_left(actions: Actions, store: Store, town: Town, thread_id: int, ada: int) -> None:
    states = []
    for wanted in (True, False):
        await watch_thread(actions, town.ada, thread_id, is_watching=wanted)
        states.append(await store.read(is_watching, thread_id, ada))
    assert states == [True, False]


async def test_page_of_a_merged_thread_watches_where_it_went(
    actions: Actions, store: Store, town: Town, thread_id: int, ada: int
) -> None:
    def merge(conn: Connection) -> int:
        target_id = begin_thread(conn, town.bob, town.forum_id, "Other").thread["id"]
        write_merge(conn, town.mona, thread_id, target_id, now_ms=NOW_MS)
        return target_id

    target_id = await store.write(merge)
    await watch_thread(actions, town.ada, thread_id, is_watching=True)
    assert await store.read(is_watching, target_id, ada)


async def test_only_what_may_be_read_can_be_watched(actions: Actions, store: Store, town: Town, thread_id: int) -> None:
    await store.write(move, thread_id, town.staff_forum_id)
    codes = []
    for visitor, wanted in ((town.ada, thread_id), (town.ada, 999), (GUEST, thread_id)):
        with pytest.raises(Refusal) as refusal:
            await watch_thread(actions, visitor, wanted, is_watching=True)
        codes.append(refusal.value.code)
    assert codes == [Code.NOT_FOUND, Code.NOT_FOUND, Code.UNAUTHENTICATED]


async def test_choices_are_kept(actions: Actions, store: Store, town: Town, ada: int) -> None:
    chosen = NotificationChoices(quote=False)
    await choose_notifications(actions, town.ada, chosen)
    assert await store.read(read_choices, [ada]) == {ada: chosen}
