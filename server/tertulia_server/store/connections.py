"""Connections to an SQLite file: how they are set up, and which errors mean that the file cannot be used just now.

The driver must not begin transactions by itself: it would do so only before a change, and a page would then be read
from several states. So it is put into autocommit, and each transaction begins with the statement named here.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tertulia_server.errors import TertuliaError
from tertulia_wire.codes import Code

READ: Final = "BEGIN"
"""Reads: the first statement takes the snapshot that all the others see."""

WRITE: Final = "BEGIN IMMEDIATE"
"""Writes: take the file's one write lock at once, so that no transaction fails half-way for want of it."""

LOCK_WAIT_MS: Final = 5_000
"""How long a statement waits for another process to let go of the file."""

RETRY_AFTER_MS: Final = 1_000

_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)


def make_engine(path: Path, *, lock_wait_ms: int = LOCK_WAIT_MS, is_read_only: bool = False) -> Engine:
    """An engine whose connections begin no transaction by themselves and commit with one full sync.

    Nothing is opened yet. Each connection may be used by one thread at a time.
    """
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {lock_wait_ms}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if is_read_only:
            connection.execute("PRAGMA query_only = ON")

    event.listen(engine, "connect", set_up)
    return engine


def begin(connection: Connection, statement: str) -> None:
    """Begin a transaction with `READ` or `WRITE`; it ends with the connection's ``commit`` or ``rollback``.

    Not by SQLAlchemy's event for it: an engine with such events pays for them at each statement.
    """
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError:
        connection.rollback()
        raise


def is_busy(error: DBAPIError) -> bool:
    """Whether another process holds the lock that was wanted."""
    return _primary_code(error) == sqlite3.SQLITE_BUSY


def as_unavailable(error: Exception) -> Exception:
    """The error as callers get it: ``STORE_UNAVAILABLE`` when the file or the disk is at fault, else unchanged."""
    if isinstance(error, DBAPIError) and _primary_code(error) in _UNAVAILABLE:
        unavailable = TertuliaError(Code.STORE_UNAVAILABLE, retry_after_ms=RETRY_AFTER_MS)
        unavailable.__cause__ = error
        return unavailable
    return error


def _primary_code(error: DBAPIError) -> int | None:
    """SQLite's primary result code: the low byte (https://sqlite.org/rescode.html)."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
