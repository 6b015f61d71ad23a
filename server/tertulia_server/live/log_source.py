"""The hub's way to the log: the store's awaitable reads as calls that are answered later."""

from __future__ import annotations

import asyncio

from tertulia_server.hub.ports import LogRead, ReadDone
from tertulia_server.store.blocks import read_block
from tertulia_server.store.port import Store
from tertulia_server.turns import tell_failure


class StoreLogSource:
    """A `LogSource` over a store. The hub bounds how many reads run at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()

    def read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        task = asyncio.get_running_loop().create_task(self._read(channel, after, until, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is still being read; nobody is told."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        try:
            block = await self._store.read(read_block, channel, after, until)
        except Exception as error:  # noqa: BLE001 - whatever the database says, the hub asks again, ever later
            tell_failure("log_read_failed", error, channel=channel, after=after, until=until)
            done(None)
        else:
            done(LogRead(block.epoch, block.first_seq, block.publications, block.rights_seq))
