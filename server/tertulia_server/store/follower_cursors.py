"""Cursors of followers that live in the store: how far each has got in the channels of forums.

A follower writes what it makes of an event and its cursor in one transaction: killed at any moment, it neither does
anything twice nor leaves anything out.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.store.schema import follower_cursors as cursors
from tertulia_server.store.schema import heads

_seq = func.coalesce(cursors.c.seq, literal(0))
_BACKLOG: Final = (
    select(
        heads.c.channel,
        _seq.label("done"),
        func.coalesce(cursors.c.part, literal(0)).label("part"),
        heads.c.seq.label("head"),
        heads.c.first_seq,
    )
    .select_from(
        heads.outerjoin(
            cursors, and_(cursors.c.follower == bindparam("follower"), cursors.c.channel == heads.c.channel)
        )
    )
    # The names of the channels of forums, and no others, lie between these two.
    .where(heads.c.channel > bindparam("after"), heads.c.channel.between("forum:", "forum;"), heads.c.seq > _seq)
    .order_by(heads.c.channel)
    .limit(1)
)
_NEW: Final = insert(cursors)
_MOVE: Final = _NEW.on_conflict_do_update(
    index_elements=[cursors.c.follower, cursors.c.channel],
    set_={"seq": _NEW.excluded.seq, "part": _NEW.excluded.part},
)


class Backlog(NamedTuple):
    """A channel in which something is left to do: behind ``seq``, up to ``head``; see the table for ``part``."""

    channel: str
    seq: int
    part: int
    head: int


def find_backlog(conn: Connection, follower: str, after_channel: str = "") -> Backlog | None:
    """The next channel by name, and round again, in which the follower is behind; None if it is nowhere.

    What was trimmed from the log is passed over.
    """
    for after in dict.fromkeys((after_channel, "")):
        row = conn.execute(_BACKLOG, {"follower": follower, "after": after}).one_or_none()
        if row is not None:
            is_trimmed = row.done < row.first_seq - 1
            seq, part = (row.first_seq - 1, 0) if is_trimmed else (row.done, row.part)
            return Backlog(row.channel, seq, part, row.head)
    return None


def move_cursor(conn: Connection, follower: str, channel: str, seq: int, part: int = 0) -> None:
    """The follower is done up to this seq, and with the members up to ``part`` of the next."""
    conn.execute(_MOVE, {"follower": follower, "channel": channel, "seq": seq, "part": part})
