"""Opening a store by its URL, and a file of SQLite: finding it, checking what it is, bringing its tables up to date."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import DatabaseError, OperationalError

from tertulia_server.errors import StartError
from tertulia_server.store.connections import READ, WRITE, begin, is_busy, make_engine
from tertulia_server.store.migrating import check_schema, migrate
from tertulia_server.store.port import Store
from tertulia_server.store.sqlite import SqliteStore

OPEN_WAIT_MS: Final = 30_000
"""How long to wait while another process migrates the same file."""

_POSTGRESQL: Final = ("postgresql://", "postgres://")
_POLL_S: Final = 0.02
_SQLITE_MAGIC: Final = b"SQLite format 3\x00"
"""The first bytes of every such file (https://sqlite.org/fileformat.html section 1.3)."""


async def open_store(url: str, *, create: bool = True) -> Store:
    """The store that ``url`` names, its tables made or migrated.

    ``sqlite:///FILE`` is relative to the working directory, ``sqlite:////FILE`` absolute; ``postgresql://`` is as
    libpq reads it. With ``create`` False the tables must be there. `StartError`, with the database untouched, when it
    cannot be: an unknown kind of URL, no such folder, no such server, not to be written to, not a database, another
    program's, a later release's.
    """
    if is_postgresql(url):
        from tertulia_server.store.postgresql_opening import open_postgresql

        return await open_postgresql(url, create=create)
    path = path_of(url)
    await asyncio.to_thread(_prepare, path, create=create)
    return SqliteStore(path)


def is_postgresql(url: str) -> bool:
    """Whether the URL names a database of PostgreSQL; otherwise it should name a file of SQLite."""
    return url.startswith(_POSTGRESQL)


def path_of(url: str) -> Path:
    """The file that a ``sqlite:///`` URL names. `StartError` if it is none."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.scheme != "sqlite" or parts.netloc or parts.query or parts.fragment or len(path) < 2:
        shown = url if not parts.password else f"{parts.scheme}://..."
        raise StartError(
            f"A database is named sqlite:///FILE or postgresql://ROLE:PASSWORD@HOST/NAME; {shown!r} is none."
        )
    if path == "/:memory:":
        raise StartError("A database in memory would be gone with the process. Name a file: sqlite:///FILE.")
    return Path(path[1:]).absolute()


def _prepare(path: Path, *, create: bool) -> None:
    """All that opening does to the file: check, make, migrate. Blocks."""
    check_file(path, create=create)
    try:
        _check_and_migrate(path)
    except OperationalError as error:
        reason = "it is locked by another process" if is_busy(error) else str(error.orig)
        raise StartError(f"The database {path} cannot be opened: {reason}.") from error
    except DatabaseError as error:
        raise StartError(f"{path} is not a database, or it is damaged: {error.orig}.") from error
    except OSError as error:
        raise StartError(f"The database {path} cannot be opened: {error.strerror}.") from error


def check_file(path: Path, *, create: bool) -> None:
    """`StartError` unless the file may be used as a database, or, with ``create``, made."""
    if not path.exists():
        if not create:
            raise StartError(f"There is no database {path}.")
        if not path.parent.is_dir():
            raise StartError(f"The folder {path.parent} for the database is not there. Make it, or name another file.")
    elif not path.is_file():
        raise StartError(f"{path} is not a file. Name the file of the database.")
    elif not os.access(path, os.R_OK | os.W_OK):
        raise StartError(f"The database {path} may not be read and written by this user. Change its owner or mode.")
    elif not _looks_like_database(path):
        raise StartError(f"{path} is not a database. Name another file; this one was not touched.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StartError(f"The folder {path.parent} may not be written to by this user, as the database needs.")


def _looks_like_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE_MAGIC)) in {b"", _SQLITE_MAGIC}


def _check_and_migrate(path: Path) -> None:
    """Look first with a reading transaction: a file that is not ours must stay as it is."""
    path.touch(mode=0o600)
    with make_engine(path, lock_wait_ms=OPEN_WAIT_MS, is_read_only=True).connect() as connection:
        begin(connection, READ)
        check_schema(connection)
    _use_write_ahead_log(path)
    with make_engine(path, lock_wait_ms=OPEN_WAIT_MS).connect() as connection:
        begin(connection, WRITE)
        if check_schema(connection):  # under the write lock: whoever waited for it finds the work done
            migrate(connection)
        connection.commit()


def _use_write_ahead_log(path: Path) -> None:
    """Kept in the file from now on. The switch needs the file to itself and does not wait for it, so it is retried."""
    until_s = time.monotonic() + OPEN_WAIT_MS / 1000
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until_s:
                    raise StartError(f"The database {path} cannot be opened: {error}.") from error
                time.sleep(_POLL_S)
                continue
            if mode != "wal":
                raise StartError(f"The disk of {path} does not allow a write-ahead log. Use a local disk.")
            return
    finally:
        connection.close()
