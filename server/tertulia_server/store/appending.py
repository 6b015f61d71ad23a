"""Raising heads and logging the events that their new seqs belong to: all heads in one statement, in one order.

PostgreSQL does both at once, so that heads are locked for as short as possible. SQLite cannot change two tables in one
statement; there the two statements are one after the other, under the file's one write lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Integer,
    Row,
    String,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert

from tertulia_server.forum.models import EventDraft, LoggedEvent
from tertulia_server.store.facts import EPOCH_VALUE
from tertulia_server.store.rights_seq import RIGHTS_CHANNEL, RIGHTS_SEQ
from tertulia_server.store.schema import heads, log
from tertulia_server.store.touched import NextTouched

_LOG_COLUMNS: Final = ("channel", "seq", "name", "about_id", "about_version")


class Place(NamedTuple):
    """A draft and how many of its transaction's events follow it in its channel."""

    draft: EventDraft
    back: int

    def logged(self, last_seq: int) -> LoggedEvent:
        """The event with its seq, when its channel's head has become ``last_seq``."""
        draft = self.draft
        return LoggedEvent(draft.channel, last_seq - self.back, draft.name, draft.about_id, draft.about_version)


class Raised(NamedTuple):
    """The epoch of the log, the new head of each channel, and up to where changes of rights were made before."""

    epoch: str
    last: dict[str, int]
    rights_seq: int


def _raising(new_head: Insert) -> Insert:
    """A head that is there is raised by what a new one would begin with."""
    return new_head.on_conflict_do_update(
        index_elements=[heads.c.channel],
        set_={"seq": heads.c.seq + new_head.excluded.seq, "touched": new_head.excluded.touched},
    )


# PostgreSQL's construct compiles for SQLite as well.
_RAISE_HEADS: Final = _raising(
    upsert(heads).values(channel=bindparam("channel"), seq=bindparam("count"), first_seq=1, touched=NextTouched())
).returning(heads.c.channel, heads.c.seq, EPOCH_VALUE.label("epoch"), RIGHTS_SEQ.label("rights_seq"))
_APPEND: Final = insert(log)


def _array(name: str, kind: type[String | BigInteger | Integer]) -> Any:
    return bindparam(name, type_=ARRAY(kind()))


def _append_at_once() -> Any:
    """``WITH raised AS (INSERT INTO heads ... ORDER BY channel ...) INSERT INTO log ... FROM drafts JOIN raised``."""
    counts = func.unnest(_array("channels", String), _array("counts", BigInteger))
    moved = counts.table_valued(column("channel", String), column("seq", BigInteger)).render_derived("moved")
    new_heads = select(moved.c.channel, moved.c.seq, literal(1, BigInteger), NextTouched()).order_by(moved.c.channel)
    inserted = upsert(heads).from_select(["channel", "seq", "first_seq", "touched"], new_heads)
    raised = _raising(inserted).returning(heads.c.channel, heads.c.seq).cte("raised")
    rows = func.unnest(
        _array("draft_channels", String),
        _array("backs", BigInteger),
        _array("names", String),
        _array("about_ids", BigInteger),
        _array("about_versions", Integer),
    )
    drafts = rows.table_valued(
        column("channel", String),
        column("back", BigInteger),
        column("name", String),
        column("about_id", BigInteger),
        column("about_version", Integer),
    ).render_derived("drafts")
    placed = select(
        drafts.c.channel, raised.c.seq - drafts.c.back, drafts.c.name, drafts.c.about_id, drafts.c.about_version
    ).join_from(drafts, raised, raised.c.channel == drafts.c.channel)
    appended = insert(log).from_select(list(_LOG_COLUMNS), placed)
    return appended.returning(log.c.channel, log.c.seq, EPOCH_VALUE.label("epoch"), RIGHTS_SEQ.label("rights_seq"))


_APPEND_AT_ONCE: Final = _append_at_once()


def append_places(conn: Connection, counts: Mapping[str, int], places: Sequence[Place]) -> Raised:
    """Raise each channel's head by its count, and log the drafts at their places below the new heads."""
    if conn.dialect.name == "postgresql":
        return _append_together(conn, counts, places)
    return _append_one_after_the_other(conn, counts, places)


def _append_together(conn: Connection, counts: Mapping[str, int], places: Sequence[Place]) -> Raised:
    channels = sorted(counts)
    values = {
        "channels": channels,
        "counts": [counts[channel] for channel in channels],
        "draft_channels": [place.draft.channel for place in places],
        "backs": [place.back for place in places],
        "names": [place.draft.name for place in places],
        "about_ids": [place.draft.about_id for place in places],
        "about_versions": [place.draft.about_version for place in places],
    }
    rows = conn.execute(_APPEND_AT_ONCE, values).all()
    last: dict[str, int] = {}
    for row in rows:
        last[row.channel] = max(last.get(row.channel, 0), row.seq)
    return Raised(rows[0].epoch, last, _rights_seq(rows, last))


def _append_one_after_the_other(conn: Connection, counts: Mapping[str, int], places: Sequence[Place]) -> Raised:
    raised = [{"channel": channel, "count": counts[channel]} for channel in sorted(counts)]
    rows = conn.execute(_RAISE_HEADS, raised).all()
    last = {row.channel: row.seq for row in rows}
    logged = [place.logged(last[place.draft.channel]) for place in places]
    conn.execute(_APPEND, [event._asdict() for event in logged])
    return Raised(rows[0].epoch, last, _rights_seq(rows, last))


def _rights_seq(rows: Sequence[Row[Any]], last: Mapping[str, int]) -> int:
    """What the statement saw, or has itself added to that: which of them depends on the engine."""
    return max(rows[0].rights_seq or 0, last.get(RIGHTS_CHANNEL, 0))
