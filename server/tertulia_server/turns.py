"""What a worker does again and again beside everything else: when it is called, and otherwise now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from tertulia_server.errors import TertuliaError
from tertulia_wire.codes import Code

MAX_DOUBLINGS: Final = 8

log = structlog.get_logger()


def tell_failure(event: str, error: BaseException, **words: Any) -> None:
    """Log what could not be done now and is tried again. That the database is away is told by the store, once."""
    if not (isinstance(error, TertuliaError) and error.code is Code.STORE_UNAVAILABLE):
        log.warning(event, error=repr(error), **words)


class Turns:
    """Takes one turn after the other between `start` and `close`, each after a pause that a `call` cuts short.

    A turn may raise what it will: that is told as ``failure``, and the pause doubles with each failure in a row.
    ``pause_s`` is asked before each pause; no pause is longer than ``longest_s``, or shorter than ``shortest_s``,
    however often it is called.
    """

    def __init__(
        self,
        take: Callable[[], Awaitable[object]],
        *,
        failure: str,
        pause_s: Callable[[], float],
        longest_s: float,
        shortest_s: float = 0.0,
    ) -> None:
        self._take = take
        self._failure = failure
        self._ask_pause_s = pause_s
        self._longest_s = longest_s
        self._shortest_s = shortest_s
        self._called = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure_count = 0

    def start(self) -> None:
        """Begin with a pause; call before, and the first turn comes at once."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End now, in the midst of a turn if need be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def call(self) -> None:
        """There may be something to do: do not wait for the next turn. Many calls make one turn."""
        self._called.set()

    def pause_s(self) -> float:
        """The whole pause before the next turn if nobody calls, in seconds."""
        pause_s = self._ask_pause_s()
        return max(pause_s, min(self._longest_s, pause_s * 2.0 ** min(self._failure_count, MAX_DOUBLINGS)))

    async def _run(self) -> None:
        while True:
            await self._pause()
            try:
                await self._take()
            except Exception as error:  # noqa: BLE001 - whatever the database says: the next turn asks again
                self._failure_count += 1
                tell_failure(self._failure, error, failures=self._failure_count)
            else:
                self._failure_count = 0

    async def _pause(self) -> None:
        await asyncio.sleep(self._shortest_s)
        try:
            async with asyncio.timeout(max(0.0, self.pause_s() - self._shortest_s)):
                await self._called.wait()
        except TimeoutError:
            pass
        self._called.clear()
