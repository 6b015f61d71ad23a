"""Work in lanes: one item at a time in each lane, several lanes at once, and never more waiting than agreed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

Item = TypeVar("Item")

GRACE_S: Final = 5.0
"""How long items that are being worked on may take when the lanes are closed."""


class WhenFull(Enum):
    """What happens to a further item while as many wait as may."""

    PAUSE = "pause"
    """It waits outside: the bot stops reading, and the server lets it lag."""
    COALESCE = "coalesce"
    """It takes the place of a waiting one about the same thing; if there is none, as `PAUSE`."""
    DROP_OLDEST = "drop_oldest"
    """The one that has waited longest goes."""


@dataclass(slots=True)
class _Waiting(Generic[Item]):
    item: Item
    subject: Hashable
    since_s: float


class Lanes(Generic[Item]):
    """``work`` must not raise. Lanes take turns: a full lane does not keep the others waiting.

    ``on_full`` is called when no room is left, ``on_dropped`` for each item that goes unworked.
    """

    def __init__(
        self,
        work: Callable[[Item], Awaitable[None]],
        *,
        max_parallel: int,
        max_waiting: int,
        when_full: WhenFull = WhenFull.PAUSE,
        on_full: Callable[[], None] = lambda: None,
        on_dropped: Callable[[Item], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._max_parallel = max_parallel
        self._max_waiting = max_waiting
        self._when_full = when_full
        self._on_full = on_full
        self._on_dropped = on_dropped
        self._clock = clock
        self._has_room = asyncio.Event()
        self._lanes: dict[str, deque[_Waiting[Item]]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()  # at most one entry per lane, and so bounded as they are
        self._workers: list[asyncio.Task[None]] = []
        self._working: set[str] = set()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self.waiting_count = 0
        """Items that were put and are not finished, those that are being worked on among them."""

    @property
    def oldest_wait_s(self) -> float:
        """How long the item that waits longest has waited; 0 if none does."""
        oldest_s = min((lane[0].since_s for lane in self._lanes.values() if lane), default=None)
        return 0.0 if oldest_s is None else self._clock() - oldest_s

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._run(), name="lane worker") for _ in range(self._max_parallel)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """What waits is left; what is being worked on has `GRACE_S` to end."""
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

    def abandon(self) -> None:
        """Stop at once, in the middle of whatever is being worked on."""
        self._lanes.clear()
        for worker in self._workers:
            worker.cancel()

    async def put(self, lane: str, item: Item, subject: Hashable = None) -> None:
        """Append to a lane; what happens when there is no room, was agreed."""
        if self.waiting_count >= self._max_waiting:
            self._on_full()
            if self._when_full is WhenFull.COALESCE and self._take_place(lane, item, subject):
                return
            if self._when_full is WhenFull.DROP_OLDEST:
                self._drop_oldest()
            while self.waiting_count >= self._max_waiting:
                self._has_room.clear()
                await self._has_room.wait()
        self._append(lane, _Waiting(item, subject, self._clock()))

    def _append(self, lane: str, waiting: _Waiting[Item]) -> None:
        self.waiting_count += 1
        others = self._lanes.get(lane)
        if others is not None:
            others.append(waiting)
            return
        self._lanes[lane] = deque([waiting])
        if lane not in self._working:
            self._ready.put_nowait(lane)

    def _take_place(self, lane: str, item: Item, subject: Hashable) -> bool:
        for waiting in self._lanes.get(lane, ()) if subject is not None else ():
            if waiting.subject == subject:
                dropped, waiting.item = waiting.item, item
                self._on_dropped(dropped)
                return True
        return False

    def _drop_oldest(self) -> None:
        lanes = [lane for lane in self._lanes.values() if lane]
        if lanes:
            oldest = min(lanes, key=lambda lane: lane[0].since_s)
            self.waiting_count -= 1
            self._on_dropped(oldest.popleft().item)

    async def _run(self) -> None:
        while True:
            lane = await self._ready.get()
            self._working.add(lane)
            self._is_idle.clear()
            try:
                await self._work_off(lane)
            finally:
                self._finished(lane)

    async def _work_off(self, lane: str) -> None:
        """The first item, and more of the lane as long as no other is ready: to ask the queue anew costs some µs."""
        while waiting := self._lanes.get(lane):
            try:
                await self._work(waiting.popleft().item)
            finally:
                self.waiting_count -= 1
                self._has_room.set()
            if not self._ready.empty():
                return

    def _finished(self, lane: str) -> None:
        self._working.discard(lane)
        if not self._working:
            self._is_idle.set()
        if self._lanes.get(lane):
            self._ready.put_nowait(lane)
        else:
            self._lanes.pop(lane, None)
