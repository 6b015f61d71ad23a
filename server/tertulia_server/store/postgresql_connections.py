"""Connections to PostgreSQL: how they are set up, and what its errors mean for a transaction.

The URL is read by the driver, so it may carry what libpq's URLs may: several hosts, ``sslmode``, a socket's folder.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tertulia_server.errors import TertuliaError
from tertulia_wire.codes import Code

POOL_CONNECTIONS: Final = 10
"""Per worker, opened when they are needed. PostgreSQL allows 100 in all unless told otherwise."""

CONNECT_LIMIT_S: Final = 5.0
RETRY_AFTER_MS: Final = 1_000

SESSION_SETTINGS: Final = {
    "application_name": "tertulia",
    "jit": "off",  # compiling pays for long queries; ours are short
    # A worker that stands still in the middle of a transaction must not hold its locks for long.
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "10s",
}

_CONFLICTS: Final = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock detected (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_LOST_SESSION: Final = frozenset({"25P03", "57P01", "57P02", "57P03", "57P05"})
"""The server ended the session: idle for too long, shutdown, crash, not ready yet."""

_UNAVAILABLE_CLASSES: Final = ("08", "28", "53", "57", "58", "XX")
"""Connection, authorisation, resources (a full disk), intervention, input and output, corruption."""

_UNAVAILABLE: Final = frozenset({"25006", "3D000", "55P03"})
"""A transaction that may only read (a standby), a database that is gone, a lock that was not had in time."""


class Outcome(Enum):
    """What an error says about its transaction."""

    CONFLICT = "rolled back for the sake of another one: try again"
    LOST = "the session is gone: nothing is known of what was not answered"
    UNAVAILABLE = "PostgreSQL cannot do it now"
    OTHER = "the operation is at fault"


def make_engine(url: str, *, pool_connections: int = POOL_CONNECTIONS) -> AsyncEngine:
    """An engine whose connections are set up for short transactions. Nothing is opened yet."""

    async def connect() -> Any:
        return await asyncpg.connect(url, timeout=CONNECT_LIMIT_S, server_settings=SESSION_SETTINGS)

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, pool_size=pool_connections, max_overflow=0, pool_timeout=30
    )


def outcome_of(error: Exception) -> Outcome:
    """What the error means for the transaction that it ended."""
    if isinstance(error, OSError | TimeoutError):
        return Outcome.LOST
    if not isinstance(error, DBAPIError):
        return Outcome.OTHER
    state = sqlstate_of(error)
    # A plan that was prepared before a migration is refused once, and made anew at the next try.
    if state in _CONFLICTS or "InvalidCachedStatement" in type(error.orig).__name__:
        return Outcome.CONFLICT
    if error.connection_invalidated or state in _LOST_SESSION or state.startswith("08"):
        return Outcome.LOST
    if state in _UNAVAILABLE or state.startswith(_UNAVAILABLE_CLASSES):
        return Outcome.UNAVAILABLE
    return Outcome.OTHER


def sqlstate_of(error: DBAPIError) -> str:
    """PostgreSQL's five characters; empty for an error of the driver's own."""
    return getattr(error.orig, "sqlstate", None) or ""


def as_unavailable(error: Exception) -> Exception:
    """The error as callers get it: ``STORE_UNAVAILABLE`` unless the operation is at fault."""
    if outcome_of(error) is Outcome.OTHER:
        return error
    unavailable = TertuliaError(Code.STORE_UNAVAILABLE, retry_after_ms=RETRY_AFTER_MS)
    unavailable.__cause__ = error
    return unavailable
