"""Whether this is still the same history: PostgreSQL's system identifier and timeline, kept beside the epoch.

A standby that takes over begins a new timeline, and may lack the last commits of the old one. Seqs that were given in
those are then given again, to other events. So each new session compares where it is with what is stored, and a
changed history renews the epoch before anything is read or written by it: after a failover every session is new.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from sqlalchemy import Connection, Text, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from tertulia_server.errors import TertuliaError
from tertulia_server.store.facts import TIMELINE, get_fact, put_fact
from tertulia_server.store.log import renew_epoch
from tertulia_server.store.schema import facts
from tertulia_wire.codes import Code

RETRY_AFTER_MS: Final = 1_000

STANDBY: Final = "standby"

# The name of a WAL file begins with its timeline, eight hexadecimal digits. A standby has no such name.
_POSTGRESQL: Final = (
    "(CASE WHEN pg_is_in_recovery() THEN 'standby'"
    " ELSE (SELECT system_identifier::text FROM pg_control_system())"
    " || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) END)"
)

log = structlog.get_logger()


class CurrentTimeline(FunctionElement[str]):
    """``SYSTEM/TIMELINE`` of the server, `STANDBY` if it only follows another one; no fact of an SQLite file."""

    type = Text()
    inherit_cache = True


@compiles(CurrentTimeline, "sqlite")
def _nothing_of_sqlite(_element: CurrentTimeline, _compiler: SQLCompiler, **_kwargs: Any) -> str:
    return "NULL"


@compiles(CurrentTimeline, "postgresql")
def _timeline_of_postgresql(_element: CurrentTimeline, _compiler: SQLCompiler, **_kwargs: Any) -> str:
    return _POSTGRESQL


_CURRENT: Final = select(CurrentTimeline())
_MOVE: Final = (
    update(facts)
    .where(facts.c.name == TIMELINE, facts.c.value == bindparam("old"))
    .values(value=bindparam("new"))
    .returning(facts.c.value)
)


def read_timeline(conn: Connection) -> str | None:
    """Where the server is, or None where that cannot be told: SQLite, and services that do not show it."""
    try:
        with conn.begin_nested():
            return conn.execute(_CURRENT).scalar_one()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        log.warning("timeline_unknown", error=str(error.orig))
        return None


def check_timeline(conn: Connection) -> None:
    """Compare with what is stored, and renew the epoch if it is another history. A write operation.

    ``STORE_UNAVAILABLE`` on a standby: it cannot be written to, and what it says is of the past.
    """
    current = read_timeline(conn)
    if current == STANDBY:
        raise TertuliaError(Code.STORE_UNAVAILABLE, retry_after_ms=RETRY_AFTER_MS)
    stored = get_fact(conn, TIMELINE)
    if current is None or current == stored:
        return
    if stored is None:
        put_fact(conn, TIMELINE, current)
    elif conn.execute(_MOVE, {"old": stored, "new": current}).one_or_none() is not None:
        # Of many sessions that find out, the one that moved the fact renews; the others waited for its row.
        log.error("timeline_changed", before=stored, now=current)
        renew_epoch(conn)
