from __future__ import annotations

import asyncio

import pytest

from tertulia_client.bots import lanes as module
from tertulia_client.bots.lanes import Lanes


class Work:
    """Items wait at a gate of their lane; what began and ended is kept in order."""

    def __init__(self) -> None:
        self.gates: dict[str, asyncio.Semaphore] = {}
        self.began: list[str] = []
        self.ended: list[str] = []
        self.changed = asyncio.Event()

    def gate(self, lane: str) -> asyncio.Semaphore:
        return self.gates.setdefault(lane, asyncio.Semaphore(0))

    async def __call__(self, item: str) -> None:
        self.began.append(item)
        self.changed.set()
        await self.gate(item[0]).acquire()
        self.ended.append(item)
        self.changed.set()

    async def until(self, *, began: int = 0, ended: int = 0) -> None:
        async with asyncio.timeout(5):
            while len(self.began) < began or len(self.ended) < ended:
                self.changed.clear()
                await self.changed.wait()


async def test_lane_is_in_order_and_lanes_run_side_by_side() -> None:
    work = Work()
    async with Lanes(work, max_parallel=2, max_waiting=10) as lanes:
        for item in ("a1", "a2", "b1"):
            await lanes.put(item[0], item)
        await work.until(began=2)
        assert work.began == ["a1", "b1"]
        work.gate("a").release()
        await work.until(began=3)
        assert (work.began, work.ended) == (["a1", "b1", "a2"], ["a1"])
        work.gate("a").release()
        work.gate("b").release()
        await work.until(ended=3)


async def test_no_more_lanes_at_once_than_agreed() -> None:
    work = Work()
    async with Lanes(work, max_parallel=2, max_waiting=10) as lanes:
        for lane in "abc":
            await lanes.put(lane, lane + "1")
        await work.until(began=2)
        await asyncio.sleep(0)
        assert work.began == ["a1", "b1"]
        work.gate("b").release()
        await work.until(began=3)
        for lane in "ac":
            work.gate(lane).release()
        await work.until(ended=3)


async def test_busy_lane_lets_others_have_their_turn() -> None:
    work = Work()
    async with Lanes(work, max_parallel=1, max_waiting=10) as lanes:
        for item in ("a1", "a2", "a3", "b1"):
            await lanes.put(item[0], item)
        for _ in range(3):
            work.gate("a").release()
        work.gate("b").release()
        await work.until(ended=4)
    assert work.ended == ["a1", "b1", "a2", "a3"]


async def test_full_lanes_hold_who_puts() -> None:
    work = Work()
    async with Lanes(work, max_parallel=1, max_waiting=2) as lanes:
        await lanes.put("a", "a1")
        await lanes.put("a", "a2")
        third = asyncio.create_task(lanes.put("a", "a3"))
        await work.until(began=1)
        assert not third.done()
        work.gate("a").release()
        await third
        for _ in range(2):
            work.gate("a").release()
        await work.until(ended=3)


async def test_close_lets_work_end_and_drops_what_waits() -> None:
    work = Work()
    async with Lanes(work, max_parallel=1, max_waiting=5) as lanes:
        await lanes.put("a", "a1")
        await lanes.put("a", "a2")
        await work.until(began=1)
        asyncio.get_running_loop().call_soon(work.gate("a").release)
    assert (work.began, work.ended) == (["a1"], ["a1"])


async def test_close_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.01)
    work = Work()
    async with Lanes(work, max_parallel=1, max_waiting=5) as lanes:
        await lanes.put("a", "a1")
        await work.until(began=1)
    assert work.ended == []
