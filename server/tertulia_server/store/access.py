"""Who may read a channel: the facts from which the rights are decided, for any number of channels at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from tertulia_server.forum.models import Audience, ForumRules
from tertulia_server.store.forums import rules_of
from tertulia_server.store.heads import MAX_CHANNELS_PER_QUERY, read_heads
from tertulia_server.store.log import read_epoch
from tertulia_server.store.schema import forums, members, threads
from tertulia_wire.channels import ChannelKind, parse_channel
from tertulia_wire.errors import WireError

_rules: Final = (forums.c.id.label("forum_id"), forums.c.audience, forums.c.posting)
_FORUMS: Final = select(forums.c.id, *_rules).where(forums.c.id.in_(bindparam("ids", expanding=True)))
_THREADS: Final = (
    select(threads.c.id, *_rules).join_from(threads, forums).where(threads.c.id.in_(bindparam("ids", expanding=True)))
)
_MEMBERS: Final = select(members.c.id).where(members.c.id.in_(bindparam("ids", expanding=True)))

SITE_RULES: Final = ForumRules(0)
"""The channel of the whole site belongs to no forum, and everybody reads it."""

MODERATION_RULES: Final = ForumRules(0, Audience.STAFF)
"""So does that of moderation, which is read by those who may open the pages for it."""


@dataclass(frozen=True, slots=True)
class ChannelAccess:
    """Who may read a channel, or its only reader ``owner_id``; both None where ``exists`` is False.

    Whoever may not read a channel is told the same as about one that does not exist.
    """

    channel: str
    rules: ForumRules | None
    owner_id: int | None
    head: int
    first_seq: int
    exists: bool


@dataclass(frozen=True, slots=True)
class Accesses:
    """The answer for all channels that were asked for, and the epoch of their log, in one snapshot."""

    epoch: str
    by_channel: dict[str, ChannelAccess]


def read_access(conn: Connection, channels: Iterable[str]) -> Accesses:
    """The access of each given channel name, also of those that are no names; five queries per thousand channels."""
    epoch = read_epoch(conn)
    names = list(dict.fromkeys(channels))
    by_channel: dict[str, ChannelAccess] = {}
    for start in range(0, len(names), MAX_CHANNELS_PER_QUERY):
        by_channel |= _read_part(conn, names[start : start + MAX_CHANNELS_PER_QUERY])
    return Accesses(epoch, by_channel)


def _read_part(conn: Connection, names: Sequence[str]) -> dict[str, ChannelAccess]:
    heads = read_heads(conn, names)
    ids = _ids_by_kind(names)
    rules_by_name = _read_rules(conn, ids)
    owners = _read_owners(conn, ids[ChannelKind.MEMBER])
    accesses = {}
    for name in names:
        head, rules, owner_id = heads[name], rules_by_name.get(name), owners.get(name)
        exists = rules is not None or owner_id is not None
        accesses[name] = ChannelAccess(name, rules, owner_id, head.seq, head.first_seq, exists)
    return accesses


def _ids_by_kind(names: Iterable[str]) -> dict[ChannelKind, dict[int, str]]:
    """The channel names by kind and id; what is no channel name is left out."""
    ids: dict[ChannelKind, dict[int, str]] = {kind: {} for kind in ChannelKind}
    for name in names:
        try:
            kind, thing_id = parse_channel(name)
        except WireError:
            continue
        ids[kind][thing_id] = name
    return ids


def _read_rules(conn: Connection, ids: dict[ChannelKind, dict[int, str]]) -> dict[str, ForumRules]:
    found = dict.fromkeys(ids[ChannelKind.SITE].values(), SITE_RULES)
    found |= dict.fromkeys(ids[ChannelKind.MODERATION].values(), MODERATION_RULES)
    for kind, statement in ((ChannelKind.FORUM, _FORUMS), (ChannelKind.THREAD, _THREADS)):
        if ids[kind]:
            rows = conn.execute(statement, {"ids": sorted(ids[kind])})
            found |= {ids[kind][thing_id]: rules_of(*rules) for thing_id, *rules in rows}
    return found


def _read_owners(conn: Connection, names: dict[int, str]) -> dict[str, int]:
    if not names:
        return {}
    return {names[member_id]: member_id for (member_id,) in conn.execute(_MEMBERS, {"ids": sorted(names)})}
