from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.forum.notifications import ALL_WANTED, NotificationChoices
from tertulia_server.store.watches import (
    is_watching,
    read_choices,
    read_watchers,
    set_choices,
    set_watching,
    watch_unless_refused,
)
from tests.server.town import Town, begin_thread


@pytest.fixture
def ids(town: Town) -> list[int]:
    return [who.member_id for who in (town.ada, town.bob, town.mona) if who.member_id is not None]


@pytest.fixture
def thread_id(conn: Connection, town: Town) -> int:
    return begin_thread(conn, town.bob, town.forum_id).thread["id"]


def test_who_said_no_once_is_not_asked_again(conn: Connection, ids: list[int], thread_id: int) -> None:
    ada = ids[0]
    assert not is_watching(conn, thread_id, ada)
    watch_unless_refused(conn, thread_id, ada)
    assert is_watching(conn, thread_id, ada)
    set_watching(conn, thread_id, ada, is_watching=False)
    watch_unless_refused(conn, thread_id, ada)
    assert not is_watching(conn, thread_id, ada)
    set_watching(conn, thread_id, ada, is_watching=True)
    assert is_watching(conn, thread_id, ada)


def test_watchers_are_read_in_parts(conn: Connection, ids: list[int], thread_id: int) -> None:
    for member_id in ids:
        watch_unless_refused(conn, thread_id, member_id)
    set_watching(conn, thread_id, ids[1], is_watching=False)
    assert read_watchers(conn, thread_id, after=0, limit=1) == ids[:1]
    assert read_watchers(conn, thread_id, after=ids[0], limit=9) == ids[2:]
    assert read_watchers(conn, thread_id + 1, after=0, limit=9) == []


def test_who_chose_nothing_wants_everything(conn: Connection, ids: list[int]) -> None:
    chosen = NotificationChoices(mention=True, quote=False, reply=True, watch_on_reply=False)
    set_choices(conn, ids[0], NotificationChoices(reply=False))
    set_choices(conn, ids[0], chosen)
    assert read_choices(conn, ids[:2]) == {ids[0]: chosen, ids[1]: ALL_WANTED}
