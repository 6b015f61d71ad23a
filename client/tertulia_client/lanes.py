"""Work in lanes: one item at a time in each lane, several lanes at once, and never more waiting than agreed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

Item = TypeVar("Item")

GRACE_S: Final = 5.0
"""How long items that are being worked on may take when the lanes are closed."""


class Lanes(Generic[Item]):
    """``work`` must not raise. Lanes take turns: a full lane does not keep the others waiting."""

    def __init__(self, work: Callable[[Item], Awaitable[None]], *, max_parallel: int, max_waiting: int) -> None:
        self._work = work
        self._max_parallel = max_parallel
        self._room = asyncio.Semaphore(max_waiting)
        self._lanes: dict[str, deque[Item]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()  # at most one entry per lane, and so bounded by the room
        self._workers: list[asyncio.Task[None]] = []
        self._working: set[str] = set()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._run(), name="lane worker") for _ in range(self._max_parallel)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """What waits is dropped; what is being worked on has `GRACE_S` to end."""
        self._lanes.clear()
        try:
            async with asyncio.timeout(GRACE_S):
                await self._is_idle.wait()
        except TimeoutError:
            pass
        finally:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)

    async def put(self, lane: str, item: Item) -> None:
        """Append to a lane; waits while there is no room."""
        await self._room.acquire()
        waiting = self._lanes.get(lane)
        if waiting is None:
            self._lanes[lane] = deque([item])
            if lane not in self._working:
                self._ready.put_nowait(lane)
        else:
            waiting.append(item)

    async def _run(self) -> None:
        while True:
            lane = await self._ready.get()
            waiting = self._lanes.get(lane)
            if waiting is None:
                continue
            self._working.add(lane)
            self._is_idle.clear()
            try:
                await self._work(waiting.popleft())
            finally:
                self._room.release()
                self._finished(lane)

    def _finished(self, lane: str) -> None:
        self._working.discard(lane)
        if not self._working:
            self._is_idle.set()
        if self._lanes.get(lane):
            self._ready.put_nowait(lane)
        else:
            self._lanes.pop(lane, None)
