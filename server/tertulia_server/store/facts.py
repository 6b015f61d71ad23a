"""Facts about the whole database: single named values."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.store.schema import facts

EPOCH: Final = "epoch"
OLDEST_PROGRAM: Final = "oldest_program"
TIMELINE: Final = "timeline"

_GET: Final = select(facts.c.value).where(facts.c.name == bindparam("fact"))
# This construct compiles for SQLite as well, so that there is one statement for all engines.
_INSERT: Final = insert(facts).values(name=bindparam("fact"), value=bindparam("new_value"))
_PUT: Final = _INSERT.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": _INSERT.excluded.value})

EPOCH_VALUE: Final = select(facts.c.value).where(facts.c.name == EPOCH).scalar_subquery()
"""The epoch within another statement."""


def get_fact(conn: Connection, name: str) -> str | None:
    """The value of a fact, or None."""
    return conn.execute(_GET, {"fact": name}).scalar_one_or_none()


def put_fact(conn: Connection, name: str, value: str) -> None:
    """Set a fact, new or not."""
    conn.execute(_PUT, {"fact": name, "new_value": value})
