from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.store import readers as readers_module
from tertulia_server.store.connections import make_engine
from tertulia_server.store.jobs import Job
from tertulia_server.store.readers import READER_THREADS, Readers
from tertulia_wire.codes import Code


@pytest_asyncio.fixture
async def readers(tmp_path: Path) -> AsyncIterator[Readers]:
    reading = Readers(make_engine(tmp_path / "a.db", is_read_only=True))
    yield reading
    await asyncio.to_thread(reading.stop)


def submit(readers: Readers, run: Any) -> asyncio.Future[Any]:
    job = Job(run)
    readers.submit(job)
    return job.future


async def test_reads_run_side_by_side(readers: Readers) -> None:
    """A slow one does not hold up the others: all of them are inside at the same time."""
    barrier = threading.Barrier(READER_THREADS)
    jobs = [submit(readers, lambda conn: barrier.wait(10)) for _ in range(READER_THREADS)]
    assert sorted(await asyncio.gather(*jobs)) == list(range(READER_THREADS))


async def test_each_read_ends_its_transaction(readers: Readers) -> None:
    def is_clean(conn: Connection) -> bool:
        driver: Any = conn.connection.dbapi_connection
        return bool(driver.in_transaction) and conn.exec_driver_sql("PRAGMA query_only").scalar_one() == 1

    assert all(await asyncio.gather(*(submit(readers, is_clean) for _ in range(20))))


async def test_reads_beyond_the_bound_are_refused(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, inside = threading.Event(), threading.Semaphore(0)

    def hold(conn: Connection) -> None:
        inside.release()
        assert gate.wait(10)

    holding = [submit(readers, hold) for _ in range(READER_THREADS)]
    for _ in holding:
        await asyncio.to_thread(inside.acquire)
    monkeypatch.setattr(readers_module, "MAX_WAITING_READS", 2)
    waiting = [submit(readers, lambda conn: 1) for _ in range(2)]
    with pytest.raises(Refusal) as refused:
        submit(readers, lambda conn: 1)
    gate.set()
    assert refused.value.code is Code.OVERLOADED
    assert await asyncio.gather(*holding, *waiting) == [None] * READER_THREADS + [1, 1]


async def test_reads_of_a_file_that_cannot_be_opened_are_unavailable(tmp_path: Path) -> None:
    readers = Readers(make_engine(tmp_path / "no-such-folder" / "a.db", is_read_only=True))
    with pytest.raises(TertuliaError) as error:
        await submit(readers, lambda conn: 1)
    assert error.value.code is Code.STORE_UNAVAILABLE
    await asyncio.to_thread(readers.stop)
