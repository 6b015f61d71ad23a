"""Heads: how far each channel's log has got, and which heads moved since a mark."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from tertulia_server.store.facts import EPOCH_VALUE
from tertulia_server.store.schema import heads
from tertulia_server.store.touched import NextTouched, SweepMark
from tertulia_wire.cursors import Cursor

MAX_CHANNELS_PER_QUERY: Final = 1000
"""Larger sets are asked in several statements: engines limit the parameters of one (SQLite: 32,766)."""


class Head(NamedTuple):
    """The last seq of a channel (0: none yet) and the first one that the log still keeps."""

    seq: int
    first_seq: int


NO_HEAD: Final = Head(0, 1)
"""Of a channel in which nothing has happened."""


class Touched(NamedTuple):
    """What a sweep found: the heads that moved, and the mark for the next sweep. Each may be told more than once."""

    mark: int
    epoch: str
    heads: dict[str, Head]


_HEADS: Final = select(heads.c.channel, heads.c.seq, heads.c.first_seq).where(
    heads.c.channel.in_(bindparam("channels", expanding=True))
)
_CURSOR: Final = select(
    EPOCH_VALUE.label("epoch"),
    select(heads.c.seq).where(heads.c.channel == bindparam("channel")).scalar_subquery().label("seq"),
)
_MARK: Final = select(SweepMark().label("mark"), EPOCH_VALUE.label("epoch"))
_TOUCHED: Final = select(heads.c.channel, heads.c.seq, heads.c.first_seq).where(heads.c.touched >= bindparam("mark"))

_FORGET_FOREIGN: Final = update(heads).where(heads.c.touched > NextTouched()).values(touched=0)


def read_heads(conn: Connection, channels: Iterable[str]) -> dict[str, Head]:
    """The head of each given channel; `NO_HEAD` where nothing has happened yet."""
    names = list(dict.fromkeys(channels))
    found = dict.fromkeys(names, NO_HEAD)
    for start in range(0, len(names), MAX_CHANNELS_PER_QUERY):
        part = names[start : start + MAX_CHANNELS_PER_QUERY]
        for channel, seq, first_seq in conn.execute(_HEADS, {"channels": part}):
            found[channel] = Head(seq, first_seq)
    return found


def read_cursor(conn: Connection, channel: str) -> Cursor:
    """How far the channel has got; the first read of whoever shows what the channel tells about."""
    row = conn.execute(_CURSOR, {"channel": channel}).one()
    return Cursor(row.epoch, row.seq or NO_HEAD.seq)


def read_cursors(conn: Connection, channels: Iterable[str]) -> dict[str, Cursor]:
    """How far each of these channels has got, for who shows something of each."""
    epoch: str = conn.execute(select(EPOCH_VALUE.label("epoch"))).scalar_one()
    return {channel: Cursor(epoch, head.seq) for channel, head in read_heads(conn, channels).items()}


def read_mark(conn: Connection) -> int:
    """Where a first sweep begins: it will find everything that is not visible now."""
    mark: int = conn.execute(_MARK).one().mark
    return mark


def read_touched(conn: Connection, mark: int) -> Touched:
    """The heads that moved since the sweep that gave ``mark`` (0: all heads), and the next mark.

    Clocks jump and differ between machines, and transactions do not commit in the order in which they took their
    times or numbers: a sweep that remembers the largest one seen loses a late commit for ever. The mark is instead a
    number below which no transaction was running when it was taken (see `touched`). It is read before the rows, so a
    commit between the two statements is found twice on an engine where they see different states, never not at all.
    A mark that went back tells that the database was replaced by an older copy: then all heads are told.
    """
    row = conn.execute(_MARK).one()
    since = {"mark": mark if mark <= row.mark else 0}
    moved = {channel: Head(seq, first_seq) for channel, seq, first_seq in conn.execute(_TOUCHED, since)}
    return Touched(row.mark, row.epoch, moved)


def forget_foreign_touched(conn: Connection) -> None:
    """Zero what was written under another database's numbers: each sweep would find those heads again. A write."""
    conn.execute(_FORGET_FOREIGN)
