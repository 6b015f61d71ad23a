"""A piece of a channel's log together with what is needed to trust it, in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tertulia_server.broker.port import Publication
from tertulia_server.store.heads import read_heads
from tertulia_server.store.log import read_epoch, read_log
from tertulia_server.store.replay import render_events, to_publication
from tertulia_server.store.rights_seq import RIGHTS_CHANNEL


@dataclass(frozen=True, slots=True)
class LogBlock:
    """``publications`` in order of seq; what is below ``first_seq`` was trimmed away.

    ``rights_seq``: the changes of rights that this snapshot knows.
    """

    epoch: str
    first_seq: int
    publications: Sequence[Publication]
    rights_seq: int


def read_block(conn: Connection, channel: str, after: int, until: int) -> LogBlock:
    """The events with ``after`` < seq <= ``until`` as they are sent, rendered from current state."""
    epoch = read_epoch(conn)
    heads = read_heads(conn, [channel, RIGHTS_CHANNEL])
    rendered = render_events(conn, read_log(conn, channel, after, until))
    rights_seq = heads[RIGHTS_CHANNEL].seq
    publications = [to_publication(epoch, event, rights_seq) for event in rendered]
    return LogBlock(epoch, heads[channel].first_seq, publications, rights_seq)
