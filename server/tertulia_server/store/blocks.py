"""A piece of a channel's log together with what is needed to trust it, in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tertulia_server.broker.port import Publication
from tertulia_server.store.heads import read_heads
from tertulia_server.store.log import read_epoch, read_log
from tertulia_server.store.replay import render_events, to_publication


@dataclass(frozen=True, slots=True)
class LogBlock:
    """``publications`` in order of seq; what is below ``first_seq`` was trimmed away."""

    epoch: str
    first_seq: int
    publications: Sequence[Publication]


def read_block(conn: Connection, channel: str, after: int, until: int) -> LogBlock:
    """The events with ``after`` < seq <= ``until`` as they are sent, rendered from current state."""
    epoch = read_epoch(conn)
    first_seq = read_heads(conn, [channel])[channel].first_seq
    rendered = render_events(conn, read_log(conn, channel, after, until))
    return LogBlock(epoch, first_seq, [to_publication(epoch, event) for event in rendered])
