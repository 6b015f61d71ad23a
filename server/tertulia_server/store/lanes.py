"""A lane: how many operations run at once, how many may wait for that, and for how long.

Each operation is a task of the lane's own: a caller that leaves does not tear a transaction in two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.store.jobs import OVERLOAD_RETRY_AFTER_MS
from tertulia_wire.codes import Code

T = TypeVar("T")

WAIT_LIMIT_MS: Final = 10_000
"""How long an operation waits for its turn; whoever asked has better things to do then."""


class Lane:
    """Used in one event loop. Turns are given in the order of asking."""

    def __init__(self, *, max_running: int, max_waiting: int, wait_limit_ms: int = WAIT_LIMIT_MS) -> None:
        self._max_tasks = max_running + max_waiting
        self._wait_limit_s = wait_limit_ms / 1000
        self._turns = asyncio.Semaphore(max_running)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Await the work in its turn and hand on its outcome; it goes on if the caller is cancelled.

        `Refusal` with ``OVERLOADED`` when too many wait, or for too long; ``DRAINING`` after `close`.
        """
        if self._is_closed:
            raise TertuliaError(Code.DRAINING)
        if len(self._tasks) >= self._max_tasks:
            raise Refusal(Code.OVERLOADED, retry_after_ms=OVERLOAD_RETRY_AFTER_MS)
        task = asyncio.create_task(self._take_turn(work))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Take nothing more, and return when all that was asked for is done."""
        self._is_closed = True
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _take_turn(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._wait_limit_s):
                await self._turns.acquire()
        except TimeoutError:
            raise Refusal(Code.OVERLOADED, retry_after_ms=OVERLOAD_RETRY_AFTER_MS) from None
        try:
            return await work()
        finally:
            self._turns.release()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody warns when the caller had left
