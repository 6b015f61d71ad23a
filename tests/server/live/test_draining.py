from __future__ import annotations

import asyncio

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.hub.listener import Listener
from tertulia_server.live import draining as module
from tertulia_server.live.admission import Admission
from tertulia_server.live.draining import Draining
from tertulia_wire.codes import Code
from tertulia_wire.messages import Drain
from tests.server.hub.fakes import FakeSink, World

LIMIT_S = 10.0


class LeavingSink(FakeSink):
    """Of a client that keeps to the protocol: told to come back later, it goes."""

    listener: Listener

    def push(self, frame: object) -> bool:
        answer = super().push(frame)  # type: ignore[arg-type]
        if isinstance(self.messages[-1], Drain):
            asyncio.get_running_loop().call_soon(self.listener.close)
        return answer


class StubbornSink(FakeSink):
    """Of a client that does not listen, and is gone when its sink is closed."""

    listener: Listener

    def close(self, code: int, reason: str) -> None:
        super().close(code, reason)
        asyncio.get_running_loop().call_soon(self.listener.close)


def connect(world: World, sinks: list[LeavingSink] | list[StubbornSink]) -> None:
    for sink in sinks:
        sink.listener = world.hub.connect(sink)


def draining_of(world: World, drain_ms: int) -> tuple[Draining, Admission]:
    admission = Admission(world.hub, max_connections=10_000, max_catch_ups=10)
    return Draining(world.hub, admission, drain_ms=drain_ms), admission


async def test_everybody_is_told_a_time_of_their_own() -> None:
    world = World()
    sinks = [LeavingSink() for _ in range(module.SLICE_CONNECTIONS + 50)]
    connect(world, sinks)
    draining, _admission = draining_of(world, 60_000)
    async with asyncio.timeout(LIMIT_S):  # it ends when all are gone, not when its time is over
        await draining.begin()
    times = [message.after_ms for sink in sinks for message in sink.messages if isinstance(message, Drain)]
    assert len(times) == len(sinks) == draining.told_count
    assert all(0 <= after_ms <= 60_000 for after_ms in times)
    assert max(times) - min(times) > 30_000
    assert draining.cut_count == 0
    assert {sink.closed_with for sink in sinks} == {None}


async def test_nobody_new_is_let_in_and_readiness_knows() -> None:
    world = World()
    draining, admission = draining_of(world, 0)
    assert not draining.is_draining
    task = draining.begin()
    assert draining.is_draining
    with pytest.raises(Refusal):
        admission.admit()
    assert draining.begin() is task
    async with asyncio.timeout(LIMIT_S):
        await task


async def test_who_does_not_go_is_closed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATE_S", 0.05)
    world = World()
    sinks = [StubbornSink() for _ in range(3)]
    connect(world, sinks)
    draining, _ = draining_of(world, 0)
    async with asyncio.timeout(LIMIT_S):
        await draining.begin()
    assert {sink.closed_with for sink in sinks} == {Code.DRAINING}
    assert draining.cut_count == 3
    assert world.hub.listener_count == 0


async def test_sink_that_does_not_end_holds_nobody_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATE_S", 0.0)
    monkeypatch.setattr(module, "FLUSH_S", 0.05)
    world = World()
    world.hub.connect(FakeSink())
    draining, _ = draining_of(world, 0)
    async with asyncio.timeout(LIMIT_S):
        await draining.begin()
    assert world.hub.listener_count == 1


async def test_events_go_on_while_draining() -> None:
    world = World()
    sink, listener = world.join()
    draining, _ = draining_of(world, 60_000)
    task = draining.begin()
    await asyncio.sleep(0)
    world.post()
    world.clock.settle()
    assert sink.seqs() == [1]
    listener.close()
    async with asyncio.timeout(LIMIT_S):
        await task


async def test_close_stops_a_drain_under_way() -> None:
    world = World()
    world.hub.connect(FakeSink())
    draining, _ = draining_of(world, 60_000)
    task = draining.begin()
    await draining.close()
    assert task.cancelled()
