from __future__ import annotations

import asyncio

import pytest

from tertulia_server.live import errands as module
from tertulia_server.live.errands import Errands


class Desk:
    def __init__(self) -> None:
        self.errands = Errands()
        self.gate = asyncio.Event()
        self.log: list[str] = []

    async def work(self, name: str) -> None:
        self.log.append(f"{name} begins")
        await self.gate.wait()
        self.log.append(f"{name} ends")

    def run(self, name: str) -> None:
        self.errands.run(self.work(name), lambda is_well: self.log.append(f"{name} {is_well}"))

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_end_is_told_later() -> None:
    desk = Desk()
    desk.run("a")
    assert desk.log == []
    desk.gate.set()
    await desk.settle()
    assert desk.log == ["a begins", "a ends", "a True"]
    assert desk.errands.running_count == 0


async def test_number_at_once_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ERRANDS_AT_ONCE", 2)
    desk = Desk()
    for name in "abc":
        desk.run(name)
    await desk.settle()
    assert desk.log == ["a begins", "b begins"]
    desk.gate.set()
    await desk.settle()
    assert desk.log[-2:] == ["c ends", "c True"]


async def test_errand_that_fails_is_told_so() -> None:
    desk = Desk()

    async def fail() -> None:
        raise RuntimeError("mistake")

    desk.errands.run(fail(), lambda is_well: desk.log.append(str(is_well)))
    await desk.settle()
    assert desk.log == ["False"]


async def test_close_gives_up_what_runs_and_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ERRANDS_AT_ONCE", 1)
    desk = Desk()
    desk.run("a")
    desk.run("b")
    await desk.settle()
    await desk.errands.close()
    desk.run("c")
    await desk.settle()
    assert desk.log == ["a begins"]
    assert desk.errands.running_count == 0
