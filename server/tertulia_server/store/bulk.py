"""Work on a whole database in one transaction, beside any store: for copies, backups and the like.

A program of its own does it, so waiting for SQLite may hold up its event loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from tertulia_server.errors import StartError
from tertulia_server.store.connections import READ, begin, is_busy, make_engine
from tertulia_server.store.opening import check_file, is_postgresql, path_of
from tertulia_server.store.port import Operation, P

T = TypeVar("T")

_ALONE: Final = "BEGIN EXCLUSIVE"

_OTHER_SESSIONS: Final = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()"
)

IN_USE: Final = "Somebody else uses the database that is to be filled. Stop the servers on it first."


@dataclass(frozen=True, slots=True)
class Bulk:
    """A transaction. What is not committed is undone when its context ends."""

    _run: Callable[[Callable[[Connection], Any]], Awaitable[Any]]

    async def run(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an operation in it."""
        outcome: T = await self._run(lambda conn: operation(conn, *args, **kwargs))
        return outcome

    async def commit(self) -> None:
        await self.run(Connection.commit)


@asynccontextmanager
async def bulk_reading(url: str) -> AsyncIterator[Bulk]:
    """One snapshot of the database. `StartError` if it is not there."""
    if is_postgresql(url):
        async with _postgresql(url, is_reading=True) as bulk:
            yield bulk
        return
    path = path_of(url)
    check_file(path, create=False)
    with _sqlite_errors(str(path)), make_engine(path, is_read_only=True).connect() as connection:
        begin(connection, READ)
        yield _of_sqlite(connection)


@asynccontextmanager
async def bulk_writing(url: str) -> AsyncIterator[Bulk]:
    """One transaction on a database that is there and has its tables. `StartError` if anybody else uses it."""
    if is_postgresql(url):
        async with _postgresql(url, is_reading=False) as bulk:
            if await bulk.run(lambda conn: conn.execute(_OTHER_SESSIONS).scalar_one()):
                raise StartError(IN_USE)
            yield bulk
        return
    path = path_of(url)
    with _sqlite_errors(str(path)), make_engine(path, lock_wait_ms=0).connect() as connection:
        _take_alone(connection)
        begin(connection, _ALONE)
        yield _of_sqlite(connection)


def _of_sqlite(connection: Connection) -> Bulk:
    async def run(operation: Callable[[Connection], Any]) -> Any:
        return operation(connection)

    return Bulk(run)


def _take_alone(connection: Connection) -> None:
    """Leaving the write-ahead log works only for whoever has the file to himself; opening it takes it up again."""
    mode = connection.exec_driver_sql("PRAGMA journal_mode = DELETE").scalar_one()
    if mode != "delete":
        raise StartError(IN_USE)


@contextmanager
def _sqlite_errors(name: str) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if isinstance(error.orig, sqlite3.Error) and is_busy(error):
            raise StartError(IN_USE) from error
        raise StartError(f"The database {name} cannot be used: {error.orig}.") from error


@asynccontextmanager
async def _postgresql(url: str, *, is_reading: bool) -> AsyncIterator[Bulk]:
    from tertulia_server.store.postgresql_connections import make_engine as make_postgresql_engine
    from tertulia_server.store.postgresql_opening import as_start_error

    engine = make_postgresql_engine(url, pool_connections=1)
    try:
        async with engine.connect() as connection:
            if is_reading:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # The other database may keep this one waiting for longer than a worker ever may.
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield Bulk(connection.run_sync)
    except (DBAPIError, OSError) as error:
        raise as_start_error(url, error) from error
    finally:
        await engine.dispose()
