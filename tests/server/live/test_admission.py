from __future__ import annotations

import asyncio

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.live import admission as module
from tertulia_server.live.admission import RETRY_AFTER_MS, Admission
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tests.server.hub.fakes import EPOCH, FakeSink, World

LIMIT_S = 10.0


def admission_of(world: World, *, max_connections: int = 2, max_catch_ups: int = 3) -> Admission:
    return Admission(world.hub, max_connections=max_connections, max_catch_ups=max_catch_ups)


def test_connections_beyond_the_bound_are_told_to_come_back() -> None:
    world = World()
    admission = admission_of(world)
    for _ in range(2):
        world.hub.connect(FakeSink())
        admission.admit()
    surplus = world.hub.connect(FakeSink())
    with pytest.raises(Refusal) as caught:
        admission.admit()
    assert caught.value.code is Code.OVERLOADED
    assert RETRY_AFTER_MS[0] <= (caught.value.retry_after_ms or 0) <= RETRY_AFTER_MS[1]
    surplus.close()
    admission.admit()
    assert admission.admitted_count == 3
    assert admission.refused_counts == {"connections": 1}


def test_nobody_is_let_in_while_draining() -> None:
    admission = admission_of(World())
    admission.close(2500)
    with pytest.raises(Refusal) as caught:
        admission.admit()
    assert (caught.value.code, caught.value.retry_after_ms) == (Code.DRAINING, 2500)


def test_catch_ups_are_bounded_by_what_lags_already() -> None:
    world = World()
    admission = admission_of(world)
    admission.check_catch_up(100)  # nobody lags: whatever one message asks for
    world.log.append("thread:1")
    _sink, listener = world.join(cursor=Cursor(EPOCH, 0))
    assert world.hub.figures.lagging_count == 1
    admission.check_catch_up(2)
    with pytest.raises(Refusal) as caught:
        admission.check_catch_up(3)
    assert caught.value.code is Code.OVERLOADED
    listener.close()
    admission.check_catch_up(3)


async def test_handshakes_wait_in_line_and_only_so_many_take_place_together() -> None:
    admission = admission_of(World())
    inside = most_inside = 0
    release = asyncio.Event()

    async def enter() -> None:
        nonlocal inside, most_inside
        async with admission.handshake():
            inside += 1
            most_inside = max(most_inside, inside)
            await release.wait()
            inside -= 1

    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        for _ in range(module.HANDSHAKES_AT_ONCE + 5):
            group.create_task(enter())
        while most_inside < module.HANDSHAKES_AT_ONCE or admission.waiting_count < 5:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0)
        release.set()
    assert most_inside == module.HANDSHAKES_AT_ONCE
    assert admission.waiting_count == 0


async def test_line_before_the_door_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_HANDSHAKES", 0)
    with pytest.raises(Refusal) as caught:
        async with admission_of(World()).handshake():
            raise AssertionError("let in")
    assert caught.value.code is Code.OVERLOADED


async def test_who_gives_up_in_line_leaves_it() -> None:
    admission = admission_of(World())
    async with asyncio.timeout(LIMIT_S):
        places = [admission.handshake() for _ in range(module.HANDSHAKES_AT_ONCE)]
        for place in places:
            await place.__aenter__()
        waiting = asyncio.create_task(admission.handshake().__aenter__())
        while not admission.waiting_count:  # noqa: ASYNC110 - one turn of the loop
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert admission.waiting_count == 0
        for place in places:
            await place.__aexit__(None, None, None)
