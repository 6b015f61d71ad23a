"""A transaction raises its head, and commits long after others did. No broker tells of it: the sweep must find it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Grant
from tertulia_server.live.log_source import StoreLogSource
from tertulia_server.store.heads import read_heads
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.sweep import Sweep
from tests.server.hub.fakes import FakeSink
from tests.server.town import Town, add_post, begin_thread, found_town

LIMIT_S = 20.0
SWEEP_MS = 50


@dataclass
class Scene:
    """Two workers on one database: one is slow with its commit, the other sweeps for its reader."""

    slow: Store
    quick: Store
    hub: Hub
    town: Town
    quiet_thread: int
    busy_thread: int

    async def reader(self, thread_id: int) -> FakeSink:
        sink, channel = FakeSink(), f"thread:{thread_id}"
        head = (await self.quick.read(read_heads, [channel]))[channel]
        self.hub.connect(sink).subscribe(1, [Grant(channel, None, head.seq, head.first_seq)])
        return sink


@pytest_asyncio.fixture
async def scene(postgresql_url: str) -> AsyncIterator[Scene]:
    slow, quick = await open_store(postgresql_url), await open_store(postgresql_url)
    town = await quick.write(found_town)
    quiet, busy = [
        (await quick.write(begin_thread, town.ada, forum_id)).thread["id"]
        for forum_id in (town.forum_id, town.members_forum_id)
    ]
    broker, log_source = MemoryBroker(), StoreLogSource(quick)
    loop = asyncio.get_running_loop()
    hub = Hub(loop, log_source, budget_bytes=1 << 20, follow=broker.follow, unfollow=broker.unfollow)
    sweep = Sweep(quick, hub, broker, interval_ms=SWEEP_MS)
    await sweep.start()
    yield Scene(slow, quick, hub, town, quiet, busy)
    await sweep.close()
    await log_source.close()
    await slow.close()
    await quick.close()


async def until_heard(sink: FakeSink, thread_id: int, count: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        while len(sink.seqs(f"thread:{thread_id}")) < count:  # noqa: ASYNC110 - a sink has no event for it
            await asyncio.sleep(0.01)


async def post_late(scene: Scene, *, others: int, hold_s: float) -> None:
    raised, may_commit = threading.Event(), threading.Event()

    def post_and_hold(conn: Connection) -> None:
        add_post(conn, scene.town.ada, scene.quiet_thread)
        raised.set()
        while not may_commit.is_set():
            conn.execute(select(1))

    quiet, busy = await scene.reader(scene.quiet_thread), await scene.reader(scene.busy_thread)
    holding = asyncio.ensure_future(scene.slow.write(post_and_hold))
    assert await asyncio.to_thread(raised.wait, LIMIT_S)
    for number in range(others):
        # each heard by a sweep that began after its commit, so every mark has had its chance to pass the late one
        await scene.quick.write(add_post, scene.town.bob, scene.busy_thread)
        await until_heard(busy, scene.busy_thread, number + 1)
        await asyncio.sleep(hold_s / others)
    assert quiet.seqs(f"thread:{scene.quiet_thread}") == []
    may_commit.set()
    await holding
    await until_heard(quiet, scene.quiet_thread, 1)
    assert quiet.seqs(f"thread:{scene.quiet_thread}") == [3]
    assert busy.seqs(f"thread:{scene.busy_thread}") == list(range(3, 3 + others))


async def test_commit_later_than_others_is_found_by_the_sweep(scene: Scene) -> None:
    await post_late(scene, others=5, hold_s=0)


@pytest.mark.long
async def test_commit_that_is_five_seconds_late_is_found_by_the_sweep(scene: Scene) -> None:
    await post_late(scene, others=50, hold_s=5)
