from __future__ import annotations

import asyncio

import pytest

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.store.lanes import Lane
from tertulia_wire.codes import Code


class Work:
    """Runs until it is let go, and counts."""

    def __init__(self) -> None:
        self.running = 0
        self.most_running = 0
        self.finished = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await self.gate.wait()
        self.running -= 1
        self.finished += 1
        return self.finished


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_only_so_many_run_at_once_in_the_order_of_asking() -> None:
    lane, work = Lane(max_running=2, max_waiting=10), Work()
    jobs = [asyncio.ensure_future(lane.run(work)) for _ in range(6)]
    await turn()
    assert work.running == 2
    work.gate.set()
    assert await asyncio.gather(*jobs) == [1, 2, 3, 4, 5, 6]
    assert work.most_running == 2


async def test_more_than_may_wait_are_refused_at_once_and_room_comes_back() -> None:
    lane, work = Lane(max_running=1, max_waiting=1), Work()
    jobs = [asyncio.ensure_future(lane.run(work)) for _ in range(2)]
    await turn()
    with pytest.raises(Refusal) as refused:
        await lane.run(work)
    assert (refused.value.code, refused.value.retry_after_ms) == (Code.OVERLOADED, 500)
    work.gate.set()
    await asyncio.gather(*jobs)
    assert await lane.run(work) == 3


async def test_who_waits_too_long_is_refused_and_takes_nobody_s_turn() -> None:
    lane, work = Lane(max_running=1, max_waiting=5, wait_limit_ms=1), Work()
    running = asyncio.ensure_future(lane.run(work))
    await turn()
    with pytest.raises(Refusal) as refused:
        await lane.run(work)
    assert refused.value.code is Code.OVERLOADED
    work.gate.set()
    assert await running == 1
    assert await lane.run(work) == 2


async def test_work_goes_on_when_its_caller_leaves() -> None:
    lane, work = Lane(max_running=1, max_waiting=5), Work()
    jobs = [asyncio.ensure_future(lane.run(work)) for _ in range(2)]
    await turn()
    for job in jobs:
        job.cancel()
    await turn()
    work.gate.set()
    await lane.close()
    assert work.finished == 2


async def test_error_belongs_to_its_caller_and_the_next_has_its_turn() -> None:
    lane, work = Lane(max_running=1, max_waiting=5), Work()

    async def fail() -> None:
        raise KeyError("here")

    work.gate.set()
    with pytest.raises(KeyError):
        await lane.run(fail)
    assert await lane.run(work) == 1


async def test_closed_lane_finishes_what_it_has_and_takes_no_more() -> None:
    lane, work = Lane(max_running=1, max_waiting=5), Work()
    jobs = [asyncio.ensure_future(lane.run(work)) for _ in range(3)]
    await turn()
    closing = asyncio.ensure_future(lane.close())
    await turn()
    assert not closing.done()
    with pytest.raises(TertuliaError) as refused:
        await lane.run(work)
    assert refused.value.code is Code.DRAINING
    work.gate.set()
    await closing
    assert [job.result() for job in jobs] == [1, 2, 3]
