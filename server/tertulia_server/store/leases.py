"""Leases: what only one worker may do at a time, and that another takes over when it dies.

The lease is taken in the very transaction whose work it guards, so a worker that slept through its lease cannot do
anything by it; clocks only decide how soon another one may take over.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.store.schema import leases

# PostgreSQL's construct compiles for SQLite as well, so that there is one statement for all engines.
_ENSURE: Final = (
    insert(leases).values(name=bindparam("lease"), holder="", fence=0, expires_ms=0).on_conflict_do_nothing()
)
_TAKE: Final = (
    update(leases)
    .where(
        leases.c.name == bindparam("lease"),
        or_(leases.c.holder == bindparam("worker"), leases.c.expires_ms <= bindparam("now_ms")),
    )
    .values(
        fence=case((leases.c.holder == bindparam("worker"), leases.c.fence), else_=leases.c.fence + 1),
        holder=bindparam("worker"),
        expires_ms=bindparam("until_ms"),
    )
    .returning(leases.c.fence)
)
_HELD: Final = select(leases.c.name).where(
    leases.c.name == bindparam("lease"),
    leases.c.holder != bindparam("worker"),
    leases.c.expires_ms > bindparam("now_ms"),
)
_RELEASE: Final = (
    update(leases)
    .where(leases.c.name == bindparam("lease"), leases.c.holder == bindparam("worker"))
    .values(expires_ms=0)
)


def take_lease(conn: Connection, name: str, holder: str, *, now_ms: int, lease_ms: int) -> int | None:
    """Take or renew the lease; its fencing number, which grows with each new holder, or None if another holds it."""
    values = {"lease": name, "worker": holder, "now_ms": now_ms, "until_ms": now_ms + lease_ms}
    fence: int | None = conn.execute(_TAKE, values).scalar_one_or_none()
    if fence is None and conn.execute(_ENSURE, {"lease": name}).rowcount > 0:
        fence = conn.execute(_TAKE, values).scalar_one_or_none()
    return fence


def is_held_by_another(conn: Connection, name: str, holder: str, *, now_ms: int) -> bool:
    """Whether `take_lease` would give None: a look that changes nothing, and waits for nobody who writes."""
    return conn.execute(_HELD, {"lease": name, "worker": holder, "now_ms": now_ms}).one_or_none() is not None


def release_lease(conn: Connection, name: str, holder: str) -> None:
    """Let the next one have it at once."""
    conn.execute(_RELEASE, {"lease": name, "worker": holder})
