"""Shortening the log: the oldest events of a channel go. Whoever stands behind them is told to start over.

There is no clock in the log, so it is shortened by number. First the channel says where it begins from now on, then
the rows go, a bounded number in each transaction: no writer waits long, and what is interrupted is finished next time.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, select, update

from tertulia_server.store.heads import read_heads
from tertulia_server.store.port import Store
from tertulia_server.store.schema import heads, log

BATCH_EVENTS: Final = 1_000
CHANNELS_PER_READ: Final = 500

_WANTED: Final = case(
    (heads.c.seq + 1 < bindparam("first"), heads.c.seq + 1),
    else_=bindparam("first", type_=heads.c.seq.type),
)
_RAISE_FIRST: Final = (
    update(heads)
    .where(heads.c.channel == bindparam("trimmed"), heads.c.first_seq < bindparam("first"))
    .values(first_seq=_WANTED)
)
_BELOW: Final = (
    select(log.c.seq)
    .where(
        log.c.channel == bindparam("trimmed"),
        log.c.seq
        < select(heads.c.first_seq).where(heads.c.channel == bindparam("trimmed")).correlate(None).scalar_subquery(),
    )
    .order_by(log.c.seq)
    .limit(BATCH_EVENTS)
)
_DELETE: Final = delete(log).where(
    log.c.channel == bindparam("trimmed"), log.c.seq >= bindparam("lowest"), log.c.seq <= bindparam("highest")
)
_CHANNELS: Final = (
    select(heads.c.channel)
    .where(heads.c.channel > bindparam("after"))
    .order_by(heads.c.channel)
    .limit(CHANNELS_PER_READ)
)


class Trimmed(NamedTuple):
    """What was done: in how many channels, and how many events went."""

    channels: int
    events: int


async def trim_all(store: Store, *, keep_events: int) -> Trimmed:
    """Keep the last so many events of each channel."""
    after, channels, events = "", 0, 0
    while names := await store.read(_read_channels, after):
        after = names[-1]
        for channel, head in (await store.read(read_heads, names)).items():
            removed = await trim_channel(store, channel, head.seq - keep_events + 1)
            channels += removed > 0
            events += removed
    return Trimmed(channels, events)


async def trim_channel(store: Store, channel: str, first_seq: int) -> int:
    """Let the channel's log begin at ``first_seq``, or behind its head if that is earlier; how many events went.

    A log that begins later already stays as it is.
    """
    await store.write(_raise_first_seq, channel, first_seq)
    events = 0
    while removed := await store.write(_delete_batch, channel):
        events += removed
    return events


def _raise_first_seq(conn: Connection, channel: str, first_seq: int) -> None:
    conn.execute(_RAISE_FIRST, {"trimmed": channel, "first": first_seq})


def _delete_batch(conn: Connection, channel: str) -> int:
    seqs = conn.execute(_BELOW, {"trimmed": channel}).scalars().all()
    if not seqs:
        return 0
    return conn.execute(_DELETE, {"trimmed": channel, "lowest": seqs[0], "highest": seqs[-1]}).rowcount


def _read_channels(conn: Connection, after: str) -> list[str]:
    return list(conn.execute(_CHANNELS, {"after": after}).scalars())
