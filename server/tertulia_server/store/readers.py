"""The threads that read an SQLite file, each with a connection of its own: one snapshot for each operation."""

from __future__ import annotations

import queue
import threading
from typing import Final

from sqlalchemy import Connection, Engine

from tertulia_server.errors import Refusal
from tertulia_server.store.connections import READ, as_unavailable, begin
from tertulia_server.store.jobs import OVERLOAD_RETRY_AFTER_MS, Job, deliver
from tertulia_server.store.quick import connect
from tertulia_wire.codes import Code

READER_THREADS: Final = 3
"""Python runs one thread at a time: more readers only keep a slow read from holding up the quick ones."""

MAX_WAITING_READS: Final = 2_000
"""Operations that may wait for a thread; further ones are refused with ``OVERLOADED``."""


class Readers:
    """Owns connections and threads. `submit` and `stop` are called from the outside, all else runs inside."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"tertulia-reader-{number}", daemon=True)
            for number in range(READER_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job; `Refusal` with ``OVERLOADED`` when too many wait."""
        if self._waiting.qsize() >= MAX_WAITING_READS:
            raise Refusal(Code.OVERLOADED, retry_after_ms=OVERLOAD_RETRY_AFTER_MS)
        self._waiting.put(job)

    def stop(self) -> None:
        """Finish all that was submitted, then end the threads. Blocks."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        connection: Connection | None = None
        while (job := self._waiting.get()) is not None:
            try:
                connection = connection or connect(self._engine)
                job.result = _read(connection, job)
            except Exception as error:  # noqa: BLE001 - it belongs to this job's caller
                job.fail(as_unavailable(error))
            deliver([job])
        if connection is not None:
            connection.close()


def _read(connection: Connection, job: Job) -> object:
    """Run in one snapshot: an explicit transaction, which ends with a rollback as nothing was written."""
    begin(connection, READ)
    try:
        return job.run(connection)
    finally:
        connection.rollback()
