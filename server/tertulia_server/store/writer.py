"""The one thread that writes to an SQLite file. Operations that wait together are committed together.

A commit costs one sync of the disk, however much it carries. So the thread takes all that waits, runs one operation
after the other, and commits once. An operation that raises before it has changed anything leaves nothing to undo, and
most do. If one has changed something, all is undone and done again, each in a savepoint of its own: then it is undone
alone, and the others stay. Savepoints from the start would cost a fifth of a post, most of it in the index of words.
"""

from __future__ import annotations

import queue
import random
import sqlite3
import threading
import time
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from tertulia_server.errors import Refusal
from tertulia_server.store.connections import LOCK_WAIT_MS, WRITE, as_unavailable, begin, is_busy
from tertulia_server.store.jobs import OVERLOAD_RETRY_AFTER_MS, Job, deliver
from tertulia_server.store.quick import connect
from tertulia_wire.codes import Code

MAX_WAITING_WRITES: Final = 1_000
"""Operations that may wait for the thread; further ones are refused with ``OVERLOADED``."""

MAX_BATCH_WRITES: Final = 64
"""Operations in one commit: beyond it the sync is a small part of the cost, and the first ones wait for the last."""

LOCK_POLL_MS: Final = (0.5, 2.0)
"""While another process writes, the lock is asked for again after a random time in this range: its commits take about
as long, and SQLite's own waiting, up to 100 ms at a time, would starve us."""


class Writer:
    """Owns the connection and the thread. `submit` and `stop` are called from the outside, all else runs inside."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tertulia-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job; `Refusal` with ``OVERLOADED`` when too many wait."""
        if self._waiting.qsize() >= MAX_WAITING_WRITES:
            raise Refusal(Code.OVERLOADED, retry_after_ms=OVERLOAD_RETRY_AFTER_MS)
        self._waiting.put(job)

    def stop(self) -> None:
        """Finish all that was submitted, then end the thread. Blocks."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        connection: Connection | None = None
        is_stopping = False
        while not is_stopping:
            batch, is_stopping = self._take_batch()
            if not batch:
                continue
            try:
                connection = _begin(self._engine, connection)
                _run_batch(connection, batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, the callers must hear of it
                _fail(batch, error)
                _drop(connection)
                connection = None
            deliver(batch)
        _drop(connection)
        self._engine.dispose()

    def _take_batch(self) -> tuple[list[Job], bool]:
        """All jobs that wait, at least one, at most a batch; and whether the thread is to stop after them."""
        batch: list[Job] = []
        is_blocking = True
        while len(batch) < MAX_BATCH_WRITES:
            try:
                job = self._waiting.get(is_blocking)
            except queue.Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
            is_blocking = False
        return batch, False


def _begin(engine: Engine, connection: Connection | None) -> Connection:
    """Take the file's write lock, on a connection that may have to be made first: that can find the file locked too.

    Raises when another process keeps it for longer than `LOCK_WAIT_MS`.
    """
    until_s = time.monotonic() + LOCK_WAIT_MS / 1000
    while True:
        try:
            connection = connection or connect(engine)
            begin(connection, WRITE)
        except OperationalError as error:
            if not is_busy(error) or time.monotonic() >= until_s:
                _drop(connection)
                raise
            time.sleep(random.uniform(*LOCK_POLL_MS) / 1000)
        else:
            return connection


def _run_batch(connection: Connection, batch: list[Job]) -> None:
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("The writer needs sqlite3's own connection.")
    if not _run_together(connection, driver, batch):
        connection.rollback()
        if len(batch) == 1:
            return
        begin(connection, WRITE)
        _run_apart(connection, driver, batch)
    connection.commit()


def _run_together(connection: Connection, driver: sqlite3.Connection, batch: list[Job]) -> bool:
    """False if an operation raised that had changed something: what is in the transaction is not to be kept."""
    for job in batch:
        changes = driver.total_changes
        try:
            job.result = job.run(connection)
        except Exception as error:  # noqa: BLE001 - it belongs to this job's caller
            _check_still_open(driver, error)
            job.fail(as_unavailable(error))
            if driver.total_changes != changes:
                return False
    return True


def _run_apart(connection: Connection, driver: sqlite3.Connection, batch: list[Job]) -> None:
    for job in batch:
        job.result, job.error = None, None
        driver.execute("SAVEPOINT job")
        try:
            job.result = job.run(connection)
        except Exception as error:  # noqa: BLE001 - it belongs to this job's caller
            job.fail(as_unavailable(error))
            _check_still_open(driver, error)
            driver.execute("ROLLBACK TO job")
        driver.execute("RELEASE job")


def _check_still_open(driver: sqlite3.Connection, error: Exception) -> None:
    """A full disk and the like make SQLite roll back the whole transaction: then the whole batch has failed."""
    if not driver.in_transaction:
        raise error


def _fail(batch: list[Job], error: Exception) -> None:
    """Nothing of the batch was committed; a job that had failed by itself keeps its own error."""
    for job in batch:
        job.fail(as_unavailable(error))


def _drop(connection: Connection | None) -> None:
    """Close a connection, rolling back what is open; the next batch makes a new one."""
    if connection is None:
        return
    try:
        connection.close()
    except Exception:  # noqa: BLE001 - it is broken already
        connection.invalidate()
