"""Asks the store for the stamps of pages, for all who wait at the same time at once.

Each request must see what was committed before it came, so none is answered from an earlier one's reading; but all
that come while a reading is under way share the next.
"""

from __future__ import annotations

import asyncio
from typing import Final

from tertulia_server.store.port import Store
from tertulia_server.store.stamps import PagePlace, ThreadStamp, read_thread_stamps

MAX_PLACES_PER_READING: Final = 64
"""Pages asked for with one operation of the store: beyond it the first ones would wait for the last."""

_Waiters = dict[PagePlace, list[asyncio.Future[ThreadStamp | None]]]


class StampReader:
    """One reading at a time. What waits is bounded by the requests that a worker takes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: _Waiters = {}
        self._task: asyncio.Task[None] | None = None

    async def read(self, place: PagePlace) -> ThreadStamp | None:
        """The stamp as it is after this call began; None if there is no such thread or page. Errors of the store."""
        future: asyncio.Future[ThreadStamp | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place, []).append(future)
        if self._task is None:
            self._task = asyncio.create_task(self._read_all(), name="stamps of pages")
        return await future

    async def _read_all(self) -> None:
        """Until nobody waits."""
        try:
            while self._waiting:
                await self._read_some(self._take())
        finally:
            self._task = None
            for future in _futures(self._waiting):  # only when this task was cancelled
                future.cancel()

    def _take(self) -> _Waiters:
        if len(self._waiting) <= MAX_PLACES_PER_READING:
            taken, self._waiting = self._waiting, {}
            return taken
        return {place: self._waiting.pop(place) for place in list(self._waiting)[:MAX_PLACES_PER_READING]}

    async def _read_some(self, waiters: _Waiters) -> None:
        try:
            stamps = await self._store.read(read_thread_stamps, list(waiters))
        except asyncio.CancelledError:
            for future in _futures(waiters):
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            for future in _futures(waiters):
                if not future.done():
                    future.set_exception(error)
            return
        for place, futures in waiters.items():
            for future in futures:
                if not future.done():
                    future.set_result(stamps.get(place))


def _futures(waiters: _Waiters) -> list[asyncio.Future[ThreadStamp | None]]:
    return [future for futures in waiters.values() for future in futures]
