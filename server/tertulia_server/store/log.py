"""The log of events: per channel a seq without holes, given in the transaction that changes the things themselves."""

from __future__ import annotations

import secrets
import string
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from tertulia_server.errors import TertuliaError
from tertulia_server.forum.models import EventDraft, LoggedEvent
from tertulia_server.store.appending import Place, append_places
from tertulia_server.store.facts import EPOCH, get_fact, put_fact
from tertulia_server.store.schema import log

MAX_READ_EVENTS: Final = 1024
"""The most events that one `read_log` returns."""

EPOCH_CHARS: Final = 12
"""Twelve of 36 letters and digits are 62 random bits: two epochs are never alike by accident."""

_ALPHABET: Final = string.ascii_lowercase + string.digits

_READ: Final = (
    select(log.c.channel, log.c.seq, log.c.name, log.c.about_id, log.c.about_version)
    .where(log.c.channel == bindparam("channel"), log.c.seq > bindparam("after"), log.c.seq <= bindparam("until"))
    .order_by(log.c.seq)
    .limit(MAX_READ_EVENTS)
)


class Appended(NamedTuple):
    """What was logged, in the order of the drafts, the epoch of the log, and the changes of rights before it."""

    epoch: str
    events: list[LoggedEvent]
    rights_seq: int


def append_events(conn: Connection, drafts: Sequence[EventDraft]) -> list[LoggedEvent]:
    """Give each draft the next seq of its channel and log it; the answer has the order of the drafts.

    The last thing that a writing transaction does: all its heads are raised, and so locked, by one statement in the
    order of the channels' names, so that two transactions never wait for each other, and no longer than they must.
    A transaction that is rolled back gives its seqs back: there are no holes.
    """
    return append_in_epoch(conn, drafts).events if drafts else []


def append_in_epoch(conn: Connection, drafts: Sequence[EventDraft]) -> Appended:
    """The same for at least one draft, with the epoch, which comes with the heads."""
    counts = Counter(draft.channel for draft in drafts)
    left = dict(counts)
    places: list[Place] = []
    for draft in drafts:
        left[draft.channel] -= 1
        places.append(Place(draft, left[draft.channel]))
    raised = append_places(conn, counts, places)
    logged = [place.logged(raised.last[place.draft.channel]) for place in places]
    return Appended(raised.epoch, logged, raised.rights_seq)


def read_log(conn: Connection, channel: str, after: int, until: int) -> list[LoggedEvent]:
    """The events with ``after`` < seq <= ``until``, in order; the first `MAX_READ_EVENTS` of them if there are more."""
    rows = conn.execute(_READ, {"channel": channel, "after": after, "until": until})
    return [LoggedEvent(*row) for row in rows]


def read_epoch(conn: Connection) -> str:
    """The identity of this log; it is made together with the database."""
    epoch = get_fact(conn, EPOCH)
    if epoch is None:
        raise TertuliaError(message="The database has no epoch: `tertulia db new-epoch` gives it one.")
    return epoch


def renew_epoch(conn: Connection) -> str:
    """Make the log another one: every cursor that was ever given is answered with a reset. A write operation."""
    epoch = "".join(secrets.choice(_ALPHABET) for _ in range(EPOCH_CHARS))
    put_fact(conn, EPOCH, epoch)
    return epoch
