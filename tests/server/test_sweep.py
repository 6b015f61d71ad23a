"""The sweep over a real store, with a broker that loses everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from tertulia_server import sweep as module
from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.port import BrokerState
from tertulia_server.errors import TertuliaError
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Grant
from tertulia_server.live.log_source import StoreLogSource
from tertulia_server.store.heads import read_heads
from tertulia_server.store.log import read_epoch, renew_epoch
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.store.schema import heads
from tertulia_server.sweep import Sweep
from tertulia_wire.cursors import RESET_EPOCH, Cursor
from tertulia_wire.messages import Reset
from tests.server.hub.fakes import FakeSink
from tests.server.town import Town, add_post, begin_thread, found_town

LIMIT_S = 10.0
NEVER_MS = 60_000


class FailingStore:
    """A store that may be away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_away = False
        self.reads: list[str] = []

    async def read(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.reads.append(operation.__name__)
        if self.is_away:
            raise TertuliaError(message="away")
        return await self._store.read(operation, *args, **kwargs)

    async def write(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self._store.write(operation, *args, **kwargs)

    def state(self) -> None: ...

    async def close(self) -> None:
        await self._store.close()


@dataclass
class Scene:
    store: FailingStore
    town: Town
    hub: Hub
    broker: MemoryBroker
    thread_id: int
    log_source: StoreLogSource

    @property
    def channel(self) -> str:
        return f"thread:{self.thread_id}"

    def sweep(self, interval_ms: int = NEVER_MS) -> Sweep:
        return Sweep(self.store, self.hub, self.broker, interval_ms=interval_ms)

    async def reader(self) -> FakeSink:
        """Live in the channel, as far as the log goes."""
        sink = FakeSink()
        head = (await self.store.read(read_heads, [self.channel]))[self.channel]
        self.hub.connect(sink).subscribe(1, [Grant(self.channel, None, head.seq, head.first_seq)])
        return sink

    async def post_unheard(self) -> None:
        """Committed, and never published."""
        await self.store.write(add_post, self.town.ada, self.thread_id)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not is_so():  # noqa: ASYNC110 - looks into a hub, which has no event for it
            await asyncio.sleep(0.01)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = FailingStore(await open_store(f"sqlite:///{tmp_path}/forum.db"))
    town: Town = await store.write(found_town)
    thread_id: int = (await store.write(begin_thread, town.ada, town.forum_id)).thread["id"]
    broker = MemoryBroker()
    log_source = StoreLogSource(store)
    loop = asyncio.get_running_loop()
    hub = Hub(loop, log_source, budget_bytes=1 << 20, follow=broker.follow, unfollow=broker.unfollow)
    yield Scene(store, town, hub, broker, thread_id, log_source)
    await log_source.close()
    await store.close()


async def test_start_gives_the_hub_its_epoch(scene: Scene) -> None:
    sweep = scene.sweep()
    assert scene.hub.epoch == ""
    await sweep.start()
    assert scene.hub.epoch == await scene.store.read(read_epoch)
    await sweep.close()


async def test_start_without_a_store_raises(scene: Scene) -> None:
    scene.store.is_away = True
    with pytest.raises(TertuliaError):
        await scene.sweep().start()


async def test_event_that_was_never_published_is_found(scene: Scene) -> None:
    sweep = scene.sweep(interval_ms=50)
    await sweep.start()
    sink = await scene.reader()
    await scene.post_unheard()
    await until(lambda: sink.seqs(scene.channel) == [3])
    await sweep.close()


async def test_sweep_now_does_not_wait_for_its_turn(scene: Scene) -> None:
    sweep = scene.sweep()
    await sweep.start()
    sink = await scene.reader()
    await scene.post_unheard()
    sweep.sweep_now()
    await until(lambda: sink.seqs(scene.channel) == [3])
    await sweep.close()


async def test_sweep_is_quicker_while_the_broker_is_away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAST_INTERVAL_MS", 30)
    scene.broker.state = BrokerState.DEAF
    sweep = scene.sweep()
    await sweep.start()
    sink = await scene.reader()
    await scene.post_unheard()
    await until(lambda: sink.seqs(scene.channel) == [3])
    await sweep.close()


async def test_sweep_survives_a_store_that_is_away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE_MS", 50)
    sweep = scene.sweep(interval_ms=50)
    await sweep.start()
    sink = await scene.reader()
    scene.store.is_away = True
    scene.store.reads.clear()
    await until(lambda: scene.store.reads.count("read_touched") >= 3)
    await scene.post_unheard()
    scene.store.is_away = False
    await until(lambda: sink.seqs(scene.channel) == [3])
    await sweep.close()


async def test_sweep_comes_within_two_seconds_however_often_it_failed(scene: Scene) -> None:
    sweep = scene.sweep(interval_ms=1000)
    sweep._turns._failure_count = 1000
    assert 1.0 <= sweep._turns.pause_s() < 2.0


async def test_renewed_epoch_resets_all_who_follow(scene: Scene) -> None:
    sweep = scene.sweep(interval_ms=50)
    await sweep.start()
    sink = await scene.reader()
    epoch = await scene.store.write(renew_epoch)
    await until(lambda: Reset(scene.channel, Cursor(epoch, 2), RESET_EPOCH) in sink.messages)
    assert scene.hub.epoch == epoch
    await sweep.close()


def lower_head(conn: Connection, channel: str) -> None:
    """As after a restore of an older copy."""
    conn.execute(update(heads).where(heads.c.channel == channel).values(seq=1))


async def test_head_below_one_that_was_seen_makes_it_another_log(scene: Scene) -> None:
    sweep = scene.sweep()
    await sweep.start()
    sink = await scene.reader()
    before = scene.hub.epoch
    await scene.store.write(lower_head, scene.channel)
    await sweep.check_epoch()
    after = await scene.store.read(read_epoch)
    assert after != before
    assert scene.hub.epoch == after
    await until(lambda: Reset(scene.channel, Cursor(after, 1), RESET_EPOCH) in sink.messages)
    await sweep.close()


async def test_many_who_met_a_new_epoch_cost_one_look(scene: Scene) -> None:
    sweep = scene.sweep()
    await sweep.start()
    await scene.reader()
    epoch = await scene.store.write(renew_epoch)
    scene.store.reads.clear()
    await asyncio.gather(*(sweep.meet_epoch(epoch) for _ in range(50)))
    assert scene.hub.epoch == epoch
    assert scene.store.reads == ["read_access"]
    await sweep.close()


async def test_doubt_of_the_hub_is_looked_into(scene: Scene) -> None:
    sweep = scene.sweep()
    await sweep.start()
    sink = await scene.reader()
    epoch = await scene.store.write(renew_epoch)
    scene.hub.notice_head(scene.channel, scene.hub.epoch, 3)  # a read of the log finds another epoch
    await until(lambda: any(isinstance(message, Reset) for message in sink.messages))
    assert scene.hub.epoch == epoch
    await sweep.close()


async def test_doubts_without_end_make_few_sweeps(scene: Scene) -> None:
    sweep = scene.sweep()
    await sweep.start()
    scene.store.reads.clear()
    loop = asyncio.get_running_loop()
    until_s = loop.time() + 0.1
    while loop.time() < until_s:
        sweep.sweep_now()
        await asyncio.sleep(0)
    await sweep.close()
    assert len(scene.store.reads) <= 100 / module.SHORTEST_PAUSE_MS + 1


async def test_close_before_start_is_no_mistake(scene: Scene) -> None:
    await scene.sweep().close()
