"""Opening a PostgreSQL database: whether it can be reached and used, and bringing its tables up to date."""

from __future__ import annotations

import os
import socket
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tertulia_server.errors import StartError
from tertulia_server.store.migrating import check_schema, migrate
from tertulia_server.store.postgresql import PostgresStore
from tertulia_server.store.postgresql_connections import make_engine, sqlstate_of
from tertulia_server.store.timeline import STANDBY, check_timeline, read_timeline

OLDEST_POSTGRESQL: Final = 13
"""The first one with xid8 (https://www.postgresql.org/docs/release/13.0/)."""

OPEN_WAIT_S: Final = 30
"""How long to wait while another process migrates the same database."""

_MIGRATION_LOCK: Final = 0x7465_7274_756C_6961
"""Of all advisory locks ours: the letters of the name."""

_OWN_DATABASE: Final = "Give Tertulia a database of its own, owned by the role that it connects as."

_SENTENCES: Final = {
    "28P01": "PostgreSQL at {place} does not accept the password of '{role}'.",
    "28000": "PostgreSQL at {place} does not let '{role}' in.",
    "3D000": "PostgreSQL at {place} has no database '{name}'. Make it: createdb --owner={role} {name}",
    "42501": f"The role '{{role}}' may not make tables in '{{name}}'. {_OWN_DATABASE}",
    "53300": "PostgreSQL at {place} takes no more connections: raise its max_connections.",
    "57P03": "PostgreSQL at {place} is just starting or stopping. Try again in a moment.",
}
"""By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_ESCAPED: Final = "Special characters of a name or password are written as %XX."

_UNREADABLE: Final = "This URL of a PostgreSQL database cannot be read: {error}."


async def open_postgresql(url: str, *, create: bool = True) -> PostgresStore:
    """The store that the URL names, its tables made or migrated. With ``create`` False there must be some.

    `StartError` with a sentence when it cannot be had; nothing is waited for.
    """
    engine = make_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_prepare, create=create)
            await connection.commit()
    except BaseException as error:
        await engine.dispose()
        if isinstance(error, DBAPIError | OSError | TimeoutError | ValueError | OverflowError):
            raise as_start_error(url, error) from error
        raise
    return PostgresStore(engine)


def _prepare(conn: Connection, *, create: bool) -> None:
    """All that opening does to the database: check, make, migrate. Whoever comes second waits, and finds it done."""
    _check_server(conn)
    if check_schema(conn):
        if not create and not conn.dialect.has_table(conn, "facts"):
            raise StartError("There is no forum in this database.")
        conn.execute(text(f"SET LOCAL lock_timeout = '{OPEN_WAIT_S}s'"))
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        if check_schema(conn):
            migrate(conn)
    check_timeline(conn)


def _check_server(conn: Connection) -> None:
    version = int((conn.dialect.server_version_info or (0,))[0])
    if version < OLDEST_POSTGRESQL:
        raise StartError(f"Tertulia needs PostgreSQL {OLDEST_POSTGRESQL} or later; this is {version}.")
    encoding = conn.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise StartError(f"The database has the encoding {encoding}; texts of a forum need UTF8.")
    if read_timeline(conn) == STANDBY:
        raise StartError("This PostgreSQL is a standby: it cannot be written to. Name the primary.")


def as_start_error(url: str, error: BaseException) -> StartError:
    """The error as a person gets it."""
    return StartError(_sentence(url, error))


def _sentence(url: str, error: BaseException) -> str:
    """What is wrong, for a person; never with the password."""
    try:
        parts = urlsplit(url)
    except ValueError as wrong:
        return _UNREADABLE.format(error=wrong)
    place = parts.netloc.rpartition("@")[2] or "its default place"
    if isinstance(error, DBAPIError):
        if error.orig is not None and isinstance(error.orig.__cause__, ValueError):  # the driver's own for a URL
            return _UNREADABLE.format(error=error.orig)
        words = {"place": place, "role": unquote(parts.username or ""), "name": unquote(parts.path[1:])}
        sentence = _SENTENCES.get(sqlstate_of(error))
        return sentence.format(**words) if sentence else f"PostgreSQL at {place} cannot be used: {error.orig}"
    if isinstance(error, OSError):  # a time that ran out is one, too
        if isinstance(error, socket.gaierror):
            return f"The name of the PostgreSQL at {place} leads nowhere: {error.strerror}. {_ESCAPED}"
        reason = os.strerror(error.errno) if error.errno else str(error) or "nothing was heard in time"
        return f"No PostgreSQL answers at {place}: {reason}."
    return _UNREADABLE.format(error=error)
