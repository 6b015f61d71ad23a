"""A member, and the author card that readers see of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from tertulia_server.forum.models import Ban, Role, Visitor
from tertulia_server.forum.ranks import rank_of
from tertulia_wire.data import CardData


@dataclass(frozen=True, slots=True)
class Member:
    """An account. Counts are those of an import (``base_``) and those of this server, kept apart."""

    id: int
    version: int
    name: str
    role: Role
    rank: str | None
    is_bot: bool
    is_imported: bool
    is_banned: bool
    joined_ms: int | None
    joined_day: str | None
    base_positive: int
    base_messages: int
    base_negative: int
    positive: int
    messages: int
    negative: int
    ban_reason: str | None = None
    banned_until_ms: int | None = None
    hides_presence: bool = False


def card_of(member: Member) -> CardData:
    """The card: what an import brought and what happened here, added up. ``negative`` is 0 or more."""
    messages = member.base_messages + member.messages
    return CardData(
        id=member.id,
        version=member.version,
        name=member.name,
        rank=rank_of(member.rank, member.is_banned, messages),
        is_banned=member.is_banned,
        is_bot=member.is_bot,
        joined_day=member.joined_day or _day_of(member.joined_ms),
        positive=member.base_positive + member.positive,
        messages=messages,
        negative=member.base_negative + member.negative,
    )


def visitor_of(member: Member, moderates: frozenset[int] = frozenset()) -> Visitor:
    """The member as one who asks; ``moderates`` are the forums that they were given."""
    ban = Ban(member.ban_reason or "", member.banned_until_ms) if member.is_banned else None
    return Visitor(
        member.id,
        member.name,
        member.role,
        member.is_banned,
        member.is_bot,
        moderates=moderates,
        ban=ban,
        hides_presence=member.hides_presence,
    )


def archived_author(member: Member) -> Visitor:
    """A member of an archive as they were when they wrote what is in it: a ban came later."""
    return Visitor(member.id, member.name, member.role)


@lru_cache(maxsize=1024)
def _day_of(time_ms: int | None) -> str | None:
    return None if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()
