"""Heads and rights of all who subscribe at the same time, in one question to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tertulia_server.store.access import Accesses, read_access
from tertulia_server.store.port import Store


class _Batch:
    """Those who ask together: the channels of all of them, and the one answer."""

    def __init__(self) -> None:
        self.channels: dict[str, None] = {}
        self.answer: asyncio.Future[Accesses] = asyncio.get_running_loop().create_future()
        self.answer.add_done_callback(lambda answer: answer.cancelled() or answer.exception())


class AccessReader:
    """Asks one question at a time; whoever comes meanwhile joins the next one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next: _Batch | None = None
        self._task: asyncio.Task[None] | None = None

    async def read(self, channels: Iterable[str]) -> Accesses:
        """The accesses of at least these channels, from a snapshot taken after this call began.

        Raises what the store raises.
        """
        if self._next is None:
            self._next = _Batch()
        batch = self._next
        batch.channels.update(dict.fromkeys(channels))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await asyncio.shield(batch.answer)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._next is not None:
                await asyncio.sleep(0)  # all who ask in this turn of the loop
                batch, self._next = self._next, None
                await self._answer(batch)
        finally:
            self._task = None
            if self._next is not None:
                self._next.answer.cancel()

    async def _answer(self, batch: _Batch) -> None:
        try:
            accesses = await self._store.read(read_access, batch.channels)
        except asyncio.CancelledError:
            batch.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - belongs to those who asked
            if not batch.answer.done():
                batch.answer.set_exception(error)
        else:
            if not batch.answer.done():
                batch.answer.set_result(accesses)
