"""The store on one SQLite file: write-ahead log, full sync, one writing thread, a few reading ones.

Several processes may share the file; each commit is then one process's turn at the file's write lock.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar, cast

from tertulia_server.errors import TertuliaError
from tertulia_server.store.connections import make_engine
from tertulia_server.store.glance import Glance
from tertulia_server.store.jobs import Job
from tertulia_server.store.port import Operation, P
from tertulia_server.store.readers import Readers
from tertulia_server.store.writer import Writer
from tertulia_wire.codes import Code

T = TypeVar("T")


class SqliteStore:
    """A `Store` on a file that is there and has its tables (see `opening`)."""

    def __init__(self, path: Path) -> None:
        self._readers = Readers(make_engine(path, is_read_only=True))
        self._writer = Writer(make_engine(path, lock_wait_ms=0))
        self._glance = Glance(path)
        self._is_closed = False

    async def read(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading operation in one snapshot; an attempt to write in it fails."""
        return await self._submit(self._readers, operation, *args, **kwargs)

    async def write(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a writing operation; its commit is shared with whatever waits at the same time."""
        return await self._submit(self._writer, operation, *args, **kwargs)

    def state(self) -> int | None:
        """The number that SQLite gives to what is committed; None while the file is kept from us."""
        return self._glance.read()

    async def close(self) -> None:
        """Finish what was submitted, then end the threads and close the file. A second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._glance.close()
        await asyncio.gather(asyncio.to_thread(self._writer.stop), asyncio.to_thread(self._readers.stop))

    async def _submit(self, lane: Readers | Writer, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._is_closed:
            raise TertuliaError(Code.DRAINING)
        job = Job(lambda connection: operation(connection, *args, **kwargs))
        lane.submit(job)
        return cast("T", await job.future)
