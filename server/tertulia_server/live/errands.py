"""Short pieces of work that wait for the store on behalf of connections which have no task of their own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

MAX_ERRANDS_AT_ONCE: Final = 512
"""Tasks at the same time. All who wait for the store together share one question, so there should be many; each costs
about 3 KiB while it runs. A connection has one at a time, so the line is bounded by the number of connections."""

log = structlog.get_logger()

Errand = Coroutine[Any, Any, None]
Done = Callable[[bool], None]
"""Called when an errand ended: True if it did what it was to do."""


class Errands:
    """The one owner of these tasks; one per worker."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[Errand, Done]] = deque()
        self._is_closed = False

    @property
    def running_count(self) -> int:
        return len(self._running)

    def run(self, errand: Errand, done: Done) -> None:
        """Run it as soon as there is room; ``done`` is called later, never inside this call, and not after `close`."""
        if self._is_closed:
            errand.close()
        elif len(self._running) >= MAX_ERRANDS_AT_ONCE:
            self._waiting.append((errand, done))
        else:
            self._start(errand, done)

    async def close(self) -> None:
        """Give up what runs and what waits; nobody is told."""
        self._is_closed = True
        while self._waiting:
            self._waiting.popleft()[0].close()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    def _start(self, errand: Errand, done: Done) -> None:
        task = asyncio.get_running_loop().create_task(errand)
        self._running.add(task)
        task.add_done_callback(lambda task: self._ended(task, done))

    def _ended(self, task: asyncio.Task[None], done: Done) -> None:
        self._running.discard(task)
        if self._waiting:
            self._start(*self._waiting.popleft())
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("errand_failed", exc_info=error)
        done(error is None)
