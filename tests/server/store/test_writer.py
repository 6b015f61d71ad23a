from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, event

from tertulia_server.errors import TertuliaError
from tertulia_server.store import writer as writer_module
from tertulia_server.store.connections import make_engine
from tertulia_server.store.jobs import Job
from tertulia_server.store.writer import MAX_BATCH_WRITES, Writer
from tertulia_wire.codes import Code


class Gate:
    """Holds the writing thread, so that what is submitted meanwhile is one batch."""

    def __init__(self, writer: Writer) -> None:
        self._inside, self._open = threading.Event(), threading.Event()
        self.future = submit(writer, self._hold)

    def _hold(self, conn: Connection) -> None:
        self._inside.set()
        assert self._open.wait(10)

    async def closed(self) -> None:
        await asyncio.to_thread(self._inside.wait, 10)

    async def open(self) -> None:
        self._open.set()
        await self.future


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    connection.close()
    return path


@pytest_asyncio.fixture
async def writer(path: Path) -> AsyncIterator[Writer]:
    writing = Writer(make_engine(path, lock_wait_ms=0))
    yield writing
    await asyncio.to_thread(writing.stop)


def submit(writer: Writer, run: Any) -> asyncio.Future[Any]:
    job = Job(run)
    writer.submit(job)
    return job.future


def insert(conn: Connection, number: int) -> int:
    conn.exec_driver_sql("INSERT INTO t VALUES (?)", (number,))
    return number


def rows(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    try:
        return [number for (number,) in connection.execute("SELECT a FROM t ORDER BY a")]
    finally:
        connection.close()


async def test_jobs_that_wait_share_one_commit(writer: Writer, path: Path) -> None:
    commits = 0

    @event.listens_for(writer._engine, "commit")
    def note(_connection: object) -> None:
        nonlocal commits
        commits += 1

    gate = Gate(writer)
    await gate.closed()
    jobs = [submit(writer, lambda conn, number=number: insert(conn, number)) for number in range(MAX_BATCH_WRITES)]
    await gate.open()
    assert await asyncio.gather(*jobs) == list(range(MAX_BATCH_WRITES)) == rows(path)
    assert commits == 2


async def test_job_that_fails_is_undone_alone(writer: Writer, path: Path) -> None:
    def insert_and_fail(conn: Connection) -> None:
        insert(conn, 99)
        raise KeyError

    gate = Gate(writer)
    await gate.closed()
    jobs = [submit(writer, lambda conn: insert(conn, 1)), submit(writer, insert_and_fail)]
    jobs += [submit(writer, lambda conn: insert(conn, 1)), submit(writer, lambda conn: insert(conn, 2))]
    await gate.open()
    first, second, third, fourth = await asyncio.gather(*jobs, return_exceptions=True)
    assert (first, fourth) == (1, 2)
    assert isinstance(second, KeyError)
    assert "UNIQUE" in str(third)
    assert rows(path) == [1, 2]


@pytest.mark.parametrize(("has_changed", "runs"), [(False, 1), (True, 2)])
async def test_batch_is_done_again_only_when_there_is_something_to_undo(
    writer: Writer, path: Path, has_changed: bool, runs: int
) -> None:
    run_counts = [0, 0]

    def insert_one(conn: Connection) -> None:
        run_counts[0] += 1
        insert(conn, 1)

    def refuse(conn: Connection) -> None:
        run_counts[1] += 1
        if has_changed:
            insert(conn, 99)
        raise KeyError

    gate = Gate(writer)
    await gate.closed()
    jobs = [submit(writer, insert_one), submit(writer, refuse), submit(writer, lambda conn: insert(conn, 2))]
    await gate.open()
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(outcomes[1], KeyError)
    assert rows(path) == [1, 2]
    assert run_counts == [runs, runs]


async def test_commit_that_fails_fails_its_whole_batch(
    writer: Writer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that something is kept which is not; the next batch has a fresh connection."""

    def fail(_connection: object) -> None:
        raise sqlite3.OperationalError("the disk is gone")

    gate = Gate(writer)
    await gate.closed()
    jobs = [submit(writer, lambda conn, number=number: insert(conn, number)) for number in range(3)]
    monkeypatch.setattr(writer._engine.dialect, "do_commit", fail)
    with pytest.raises(Exception, match="the disk is gone"):
        await gate.open()
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    monkeypatch.undo()
    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    assert await submit(writer, lambda conn: insert(conn, 7)) == 7
    assert rows(path) == [7]


async def test_transaction_lost_by_the_engine_fails_its_whole_batch(writer: Writer, path: Path) -> None:
    """A full disk makes SQLite roll back everything at once, also what earlier jobs had written."""

    def lose(conn: Connection) -> None:
        conn.exec_driver_sql("ROLLBACK")
        raise KeyError

    gate = Gate(writer)
    await gate.closed()
    jobs = [submit(writer, lambda conn: insert(conn, 1)), submit(writer, lose), submit(writer, lambda conn: 2)]
    await gate.open()
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [KeyError] * 3
    assert rows(path) == []
    assert await submit(writer, lambda conn: insert(conn, 3)) == 3


async def test_writer_waits_for_another_process_to_let_go(writer: Writer, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = submit(writer, lambda conn: insert(conn, 1))
    other.execute("INSERT INTO t VALUES (5)")
    await asyncio.sleep(0)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    assert await waiting == 1
    assert rows(path) == [1, 5]


async def test_writer_waits_for_a_file_that_is_locked_while_it_connects(path: Path) -> None:
    engine, tries = make_engine(path, lock_wait_ms=0), []

    @event.listens_for(engine, "connect")
    def find_it_locked(_connection: object, _record: object) -> None:
        tries.append(1)
        if len(tries) < 3:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error

    writing = Writer(engine)
    assert await submit(writing, lambda conn: insert(conn, 1)) == 1
    await asyncio.to_thread(writing.stop)
    assert len(tries) == 3


async def test_writer_gives_up_on_a_lock_that_stays(
    writer: Writer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "LOCK_WAIT_MS", 20)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TertuliaError) as error:
        await submit(writer, lambda conn: insert(conn, 1))
    assert error.value.code is Code.STORE_UNAVAILABLE
    assert error.value.retry_after_ms is not None
    other.execute("ROLLBACK")
    other.close()
    assert await submit(writer, lambda conn: insert(conn, 2)) == 2


async def test_writer_stopping_finishes_what_was_submitted(path: Path) -> None:
    writer = Writer(make_engine(path, lock_wait_ms=0))
    jobs = [submit(writer, lambda conn, number=number: insert(conn, number)) for number in range(200)]
    await asyncio.to_thread(writer.stop)
    assert await asyncio.gather(*jobs) == rows(path) == list(range(200))
