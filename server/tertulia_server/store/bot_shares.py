"""Copies of one bot that share its work: each part of the threads is one copy's at a time, by a lease.

The places that a part has come to are kept beside its lease, and only its holder writes them: the fencing number grows
with each new holder, so that one which slept and lost the part changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.store.schema import bot_copies as copies
from tertulia_server.store.schema import bot_places as places
from tertulia_server.store.schema import leases
from tertulia_wire.cursors import Cursor

PARTS: Final = 8
"""Into which threads are divided by their ids: so many copies can have something to do."""
MAX_SHARES: Final = 16
"""Of one member."""
MAX_COPIES: Final = 64
MAX_PLACES: Final = 1000
"""Channels of one part: as many as a connection may follow."""

# PostgreSQL's construct compiles for SQLite as well, so that there is one statement for all engines.
_ENSURE: Final = insert(leases).values(holder="", fence=0, expires_ms=0).on_conflict_do_nothing()
_LOCKED: Final = (
    select(leases)
    .where(leases.c.name.in_(bindparam("names", expanding=True)))
    .order_by(leases.c.name)
    .with_for_update()
)
_OTHERS: Final = select(func.count()).select_from(leases).where(leases.c.name.like(bindparam("pattern")))
_SET: Final = (
    update(leases)
    .where(leases.c.name == bindparam("lease"))
    .values(holder=bindparam("worker"), fence=bindparam("number"), expires_ms=bindparam("until_ms"))
)
_NEW_COPY: Final = insert(copies)
_STAY: Final = _NEW_COPY.on_conflict_do_update(
    index_elements=[copies.c.share, copies.c.holder], set_={"expires_ms": _NEW_COPY.excluded.expires_ms}
)
_GONE: Final = delete(copies).where(copies.c.share == bindparam("of"), copies.c.expires_ms <= bindparam("now_ms"))
_COPIES: Final = select(func.count()).select_from(copies).where(copies.c.share == bindparam("of"))
_NEW_PLACE: Final = insert(places)
_MOVE: Final = _NEW_PLACE.on_conflict_do_update(
    index_elements=[places.c.share, places.c.part, places.c.channel],
    set_={"epoch": _NEW_PLACE.excluded.epoch, "seq": _NEW_PLACE.excluded.seq},
)
_PLACES: Final = select(places.c.channel, places.c.epoch, places.c.seq).where(
    places.c.share == bindparam("of"), places.c.part == bindparam("piece")
)


class Holding(NamedTuple):
    """A part that a copy holds, and places in channels: those that it has come to, or those to go on from."""

    part: int
    fence: int
    places: Mapping[str, Cursor]


class ShareOutcome(NamedTuple):
    """``held``: what the copy holds now; with places, what is new to it. ``excess``: parts that others should have."""

    held: Sequence[Holding]
    excess: Sequence[int]


class ShareFull(Exception):
    """More shares, copies or channels than there may be."""


def share_work(
    conn: Connection,
    member_id: int,
    name: str,
    holder: str,
    *,
    held: Sequence[Holding],
    let_go: Sequence[int] = (),
    is_leaving: bool = False,
    now_ms: int,
    lease_ms: int,
) -> ShareOutcome:
    """Renew what the copy holds, keep its places, let go what it gives up, and take what is free up to its share.

    ``held`` with an old fence is passed over. The name has up to 32 characters without a colon. `ShareFull`.
    """
    share = f"{member_id}:{name}"
    rows = _lock(conn, member_id, share)
    count = _count_copies(conn, share, holder, now_ms=now_ms, until_ms=0 if is_leaving else now_ms + lease_ms)
    known = {(one.part, one.fence): one for one in held}
    mine: dict[int, int] = {}
    for part, row in enumerate(rows):
        if row.holder == holder:
            mine[part] = row.fence
            _keep(conn, share, known.get((part, row.fence)))
    for part in [part for part in mine if is_leaving or part in let_go]:
        _set(conn, share, part, "", mine.pop(part), 0)
    fair = -(-PARTS // max(1, count))
    for part, row in enumerate(rows):
        is_free = row.holder == "" or (row.holder != holder and row.expires_ms <= now_ms)
        if is_free and not is_leaving and len(mine) < fair:
            mine[part] = row.fence + 1
    for part, fence in mine.items():
        _set(conn, share, part, holder, fence, now_ms + lease_ms)
    parts = [
        Holding(part, fence, {} if (part, fence) in known else _read_places(conn, share, part))
        for part, fence in sorted(mine.items())
    ]
    return ShareOutcome(parts, sorted(mine)[fair:])


def _lock(conn: Connection, member_id: int, share: str) -> Sequence[Row[tuple[object, ...]]]:
    """The leases of all parts, in their order: whoever has them has the share for this transaction."""
    names = [_lease(share, part) for part in range(PARTS)]
    rows = conn.execute(_LOCKED, {"names": names}).all()
    if len(rows) < PARTS:
        if conn.execute(_OTHERS, {"pattern": f"share:{member_id}:%"}).scalar_one() >= MAX_SHARES * PARTS:
            raise ShareFull
        conn.execute(_ENSURE, [{"name": name} for name in names])
        rows = conn.execute(_LOCKED, {"names": names}).all()
    return rows


def _count_copies(conn: Connection, share: str, holder: str, *, now_ms: int, until_ms: int) -> int:
    conn.execute(_STAY, {"share": share, "holder": holder, "expires_ms": until_ms})
    conn.execute(_GONE, {"of": share, "now_ms": now_ms})
    count: int = conn.execute(_COPIES, {"of": share}).scalar_one()
    if count > MAX_COPIES:
        raise ShareFull
    return count


def _keep(conn: Connection, share: str, holding: Holding | None) -> None:
    if holding is None or not holding.places:
        return
    place = {"share": share, "part": holding.part}
    rows = [{**place, "channel": name, "epoch": at.epoch, "seq": at.seq} for name, at in holding.places.items()]
    conn.execute(_MOVE, rows)
    if len(_read_places(conn, share, holding.part)) > MAX_PLACES:
        raise ShareFull


def _set(conn: Connection, share: str, part: int, holder: str, fence: int, until_ms: int) -> None:
    values = {"lease": _lease(share, part), "worker": holder, "number": fence, "until_ms": until_ms}
    conn.execute(_SET, values)


def _read_places(conn: Connection, share: str, part: int) -> dict[str, Cursor]:
    rows = conn.execute(_PLACES, {"of": share, "piece": part})
    return {channel: Cursor(epoch, seq) for channel, epoch, seq in rows}


def _lease(share: str, part: int) -> str:
    return f"share:{share}:{part}"
