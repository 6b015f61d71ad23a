"""One reading of the store for all who ask at the same time.

Each request must see what was committed before it came, so none is answered from an earlier one's reading; but all
that come while a reading is under way share the next. What costs most of a small reading, the way to another thread
and back, is then paid once for many.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from tertulia_server.store.port import Connection, Store

MAX_KEYS_PER_READING: Final = 64
"""Beyond it the first who asked would wait for the last."""

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class Gathering(Generic[KeyT, ValueT]):
    """One reading at a time. What waits is bounded by the requests that a worker takes."""

    def __init__(
        self, store: Store, operation: Callable[[Connection, Sequence[KeyT]], Mapping[KeyT, ValueT]], name: str
    ) -> None:
        self._store = store
        self._operation = operation
        self._name = name
        self._waiting: dict[KeyT, list[asyncio.Future[ValueT | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def read(self, key: KeyT) -> ValueT | None:
        """What is there under the key, as it is after this call began; None if nothing is. Errors of the store."""
        future: asyncio.Future[ValueT | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._task is None:
            self._task = asyncio.create_task(self._read_all(), name=self._name)
        return await future

    async def _read_all(self) -> None:
        """Until nobody waits."""
        try:
            while self._waiting:
                await self._read_some(self._take())
        finally:
            self._task = None
            _cancel(self._waiting)  # only when this task was cancelled

    def _take(self) -> dict[KeyT, list[asyncio.Future[ValueT | None]]]:
        if len(self._waiting) <= MAX_KEYS_PER_READING:
            taken, self._waiting = self._waiting, {}
            return taken
        return {key: self._waiting.pop(key) for key in list(self._waiting)[:MAX_KEYS_PER_READING]}

    async def _read_some(self, waiters: dict[KeyT, list[asyncio.Future[ValueT | None]]]) -> None:
        try:
            values = await self._store.read(self._operation, list(waiters))
        except asyncio.CancelledError:
            _cancel(waiters)
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            for futures in waiters.values():
                for future in futures:
                    if not future.done():
                        future.set_exception(error)
            return
        for key, futures in waiters.items():
            for future in futures:
                if not future.done():
                    future.set_result(values.get(key))


def _cancel(waiters: Mapping[KeyT, Sequence[asyncio.Future[ValueT | None]]]) -> None:
    for futures in waiters.values():
        for future in futures:
            future.cancel()
