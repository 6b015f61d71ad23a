"""The follower at work: several at once, and each interrupted wherever it may be."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tertulia_server.actions.context import Actions
from tertulia_server.actions.notifying import Notifier
from tertulia_server.forum.models import Visitor
from tertulia_server.store.notifying import has_backlog
from tertulia_server.store.port import Connection, Store
from tertulia_server.store.schema import leases, notifications
from tests.server.actions.conftest import Heard
from tests.server.town import NOW_MS, Town, add_post


class Killed(Exception):
    """The worker was killed."""


class DeadlyStore:
    """Kills whoever writes through it: before, within or after the transaction, as chance will."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self._store = store
        self._chance = chance

    async def read(self, *args: Any, **kwargs: Any) -> Any:
        return await self._store.read(*args, **kwargs)

    async def write(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        moment = self._chance.choice(["never", "before", "within", "after"])
        if moment == "before":
            raise Killed

        def run(conn: Connection) -> Any:
            result = operation(conn, *args, **kwargs)
            if moment == "within":
                raise Killed
            return result

        result = await self._store.write(run)
        if moment == "after":
            raise Killed
        return result

    def state(self) -> None: ...

    async def close(self) -> None:
        """The fixture does."""


def read_told(conn: Connection, visitor: Visitor) -> list[int]:
    """The posts that somebody was told of."""
    mine = notifications.c.member_id == visitor.member_id
    return list(conn.execute(select(notifications.c.post_id).where(mine).order_by(notifications.c.post_id)).scalars())


async def until_all_is_told(store: Store) -> None:
    while await store.read(has_backlog):  # noqa: ASYNC110 - the store has no event for it
        await asyncio.sleep(0.01)


def at(now_ms: int) -> Callable[[], int]:
    return lambda: now_ms


@pytest.mark.parametrize("seed", range(3))
async def test_killed_workers_neither_tell_twice_nor_leave_anything_out(
    store: Store, town: Town, thread_id: int, heard: Heard, seed: int
) -> None:
    """Workers die one after the other; each life of one begins with nothing but the store."""
    chance = random.Random(seed)
    posts = []
    now_ms = NOW_MS
    for _ in range(12):
        written = await store.write(add_post, town.bob, thread_id, "@mona and @ada")
        posts.append(written.post["id"])
    while await store.read(has_backlog):
        now_ms += 10_000
        worker = Notifier(Actions(DeadlyStore(store, chance), heard, at(now_ms)))
        try:
            await worker.work_off()
        except Killed:
            continue
    for visitor in (town.ada, town.mona):
        assert await store.read(read_told, visitor) == posts
        member_id = visitor.member_id
        seqs = [event.seq for event in heard.events() if event.channel == f"member:{member_id}"]
        assert seqs == sorted(set(seqs))


async def test_workers_at_the_same_time_share_the_work(
    actions: Actions, store: Store, town: Town, thread_id: int, heard: Heard
) -> None:
    posts = [(await store.write(add_post, town.bob, thread_id, "@mona")).post["id"] for _ in range(8)]
    workers = [Notifier(actions) for _ in range(3)]
    outcomes = await asyncio.gather(*(worker.work_off() for worker in workers))
    assert True in outcomes
    assert await store.read(read_told, town.mona) == posts
    assert sum(worker.told_count for worker in workers) == len(posts) + 1
    events = [event for event in heard.events() if event.channel == f"member:{town.mona.member_id}"]
    assert [event.data["notification"]["number"] for event in events] == list(range(2, 10))


async def test_worker_looks_when_it_is_told_to_and_lets_go_when_it_ends(
    actions: Actions, store: Store, town: Town, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertulia_server.actions.notifying.POLL_S", 60.0)
    worker = Notifier(actions)
    worker.start()
    await until_all_is_told(store)
    post = (await store.write(add_post, town.bob, thread_id, "@mona")).post
    worker.look()
    await until_all_is_told(store)
    await worker.close()
    assert await store.read(read_told, town.mona) == [post["id"]]
    assert await store.read(lambda conn: conn.execute(select(leases.c.expires_ms)).scalar_one()) == 0


async def test_database_that_is_away_is_asked_again(
    actions: Actions, store: Store, town: Town, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertulia_server.actions.notifying.POLL_S", 0.01)

    class Away:
        tries = 0

        async def read(self, *args: Any, **kwargs: Any) -> Any:
            self.tries += 1
            if self.tries < 3:
                raise ConnectionError
            return await store.read(*args, **kwargs)

        async def write(self, *args: Any, **kwargs: Any) -> Any:
            return await store.write(*args, **kwargs)

        def state(self) -> None: ...

        async def close(self) -> None:
            """The fixture does."""

    worker = Notifier(Actions(Away(), actions.publish, actions.now_ms))
    worker.start()
    await until_all_is_told(store)
    await worker.close()
