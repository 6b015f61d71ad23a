"""The store on PostgreSQL: a pool of connections, one transaction for each operation, conflicts tried again.

Several workers share the database. Reads and writes have their own share of the pool: writers that wait for each
other's locks never keep a page waiting for a connection.
"""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tertulia_server.errors import TertuliaError
from tertulia_server.store.lanes import Lane
from tertulia_server.store.port import Connection, Operation, P
from tertulia_server.store.postgresql_connections import POOL_CONNECTIONS, Outcome, as_unavailable, outcome_of
from tertulia_server.store.timeline import check_timeline

T = TypeVar("T")

MAX_RUNNING: Final = POOL_CONNECTIONS // 2
MAX_WAITING_READS: Final = 2_000
MAX_WAITING_WRITES: Final = 1_000

READ_LIMIT_S: Final = 10.0
WRITE_LIMIT_S: Final = 30.0
"""How long one try may take, from the connection to the commit."""

MAX_TRIES: Final = POOL_CONNECTIONS + 2
"""After a restart of PostgreSQL each connection of the pool may have to be found dead once."""

RETRY_PAUSE_MS: Final = 5
"""Before a second try after a conflict; it doubles with each, up to `MAX_RETRY_PAUSE_MS`, and is drawn below that."""

MAX_RETRY_PAUSE_MS: Final = 200

_CHECKED: Final = "tertulia_timeline_checked"


class PostgresStore:
    """A `Store` on a database that has its tables (see `postgresql_opening`). Used in one event loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reads = Lane(max_running=MAX_RUNNING, max_waiting=MAX_WAITING_READS)
        self._writes = Lane(max_running=MAX_RUNNING, max_waiting=MAX_WAITING_WRITES)

    async def read(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading operation in one snapshot; an attempt to write in it fails."""

        async def read() -> T:
            return await _repeat(_Reading(self._engine, lambda conn: operation(conn, *args, **kwargs)), READ_LIMIT_S)

        return await self._reads.run(read)

    async def write(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a writing operation; it runs again if PostgreSQL undid it for the sake of another one.

        ``STORE_UNAVAILABLE`` also when the connection was lost during the commit: then nobody knows whether the
        transaction holds, and it is not repeated here. An idempotency key lets the caller ask again.
        """

        async def write() -> T:
            return await _repeat(_Writing(self._engine, lambda conn: operation(conn, *args, **kwargs)), WRITE_LIMIT_S)

        return await self._writes.run(write)

    def state(self) -> int | None:
        """PostgreSQL would have to be asked."""
        return None

    async def close(self) -> None:
        """Finish what was asked for, then close the connections. A second call does nothing."""
        await asyncio.gather(self._reads.close(), self._writes.close())
        await self._engine.dispose()


class _Transaction(ABC, Generic[T]):
    """One operation and its tries. ``is_harmless``: whether a lost session now would leave nothing behind for sure."""

    def __init__(self, engine: AsyncEngine, operation: Callable[[Connection], T]) -> None:
        self._engine = engine
        self._operation = operation
        self.is_harmless = False

    async def run(self) -> T:
        self.is_harmless = False  # no connection to be had: another try would have none either
        async with self._engine.connect() as connection:
            self.is_harmless = True
            await _check_new(connection)
            try:
                return await self._transact(connection)
            except (OSError, TimeoutError) as error:
                if await _is_alive(connection):
                    raise _OfOperation(error) from error
                raise

    @abstractmethod
    async def _transact(self, connection: AsyncConnection) -> T: ...


class _Reading(_Transaction[T]):
    async def _transact(self, connection: AsyncConnection) -> T:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return await connection.run_sync(self._operation)


class _Writing(_Transaction[T]):
    async def _transact(self, connection: AsyncConnection) -> T:
        result = await connection.run_sync(self._operation)
        self.is_harmless = False
        await connection.commit()
        return result


class _OfOperation(Exception):
    """The operation itself raised what would otherwise tell of a lost connection."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


async def _is_alive(connection: AsyncConnection) -> bool:
    driver = None if connection.invalidated else (await connection.get_raw_connection()).driver_connection
    return driver is not None and not driver.is_closed()


async def _repeat(transaction: _Transaction[T], limit_s: float) -> T:
    """Try until there is an outcome that holds, within the time; raises what callers of the store get."""
    try:
        async with asyncio.timeout(limit_s):
            for attempt in range(MAX_TRIES - 1):
                try:
                    return await transaction.run()
                except Exception as error:
                    outcome = outcome_of(error)
                    if outcome is Outcome.CONFLICT:
                        pause_ms = min(MAX_RETRY_PAUSE_MS, RETRY_PAUSE_MS << attempt)
                        await asyncio.sleep(random.uniform(0, pause_ms) / 1000)
                    elif outcome is not Outcome.LOST or not transaction.is_harmless:
                        raise
            return await transaction.run()
    except _OfOperation as own:
        raise own.error from own.error.__cause__
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets it as the port says
        known = as_unavailable(error)
        raise known from known.__cause__


async def _check_new(connection: AsyncConnection) -> None:
    """Each session begins with a look at where it has come to: after a failover all of them are new."""
    info = connection.sync_connection.info if connection.sync_connection is not None else {}
    if _CHECKED in info:
        return
    try:
        await connection.run_sync(check_timeline)
        await connection.commit()
    except TertuliaError:
        await connection.invalidate()
        raise
    info[_CHECKED] = True
