"""Ranks that a hand sets: the words under a name, in the place of those that the ladder gives."""

from __future__ import annotations

from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.characters import clean, is_blank
from tertulia_server.forum.models import EventDraft, Visitor
from tertulia_server.forum.ranks import BANNED_RANK
from tertulia_server.forum.rights import check_may_administer
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.members import set_rank as store_rank
from tertulia_server.store.port import Connection
from tertulia_wire.channels import SITE_CHANNEL
from tertulia_wire.codes import Code
from tertulia_wire.events import MEMBER_CHANGED

MAX_RANK_CHARS: Final = 40


async def set_rank(actions: Actions, member_id: int, rank: str, *, by: Visitor | None = None) -> None:
    """Set a member's rank; an empty one gives the ladder its say again. ``by`` None is whoever has the database.

    All pages learn it by ``member.changed`` in `site`. `Refusal`: as `check_may_administer`, ``INVALID``, and
    ``NOT_FOUND``.
    """
    if by is not None:
        check_may_administer(by)
    words = check_rank(rank)
    announcement = await actions.store.write(_set_rank, member_id, words)
    actions.tell(announcement)


def check_rank(rank: str) -> str | None:
    """The words on one line; None for none. ``INVALID`` for too many, and for those that say a ban."""
    words = " ".join(clean(rank).split())
    if is_blank(words):
        return None
    if len(words) > MAX_RANK_CHARS:
        raise Refusal(Code.INVALID, Sentence("A rank has at most %(most)s characters.", most=MAX_RANK_CHARS))
    if words.casefold() == BANNED_RANK.casefold():
        raise Refusal(Code.INVALID, "This rank is what a ban shows: ban the member instead.")
    return words


def _set_rank(conn: Connection, member_id: int, rank: str | None) -> Announcement | None:
    """None where nothing changed."""
    version = store_rank(conn, member_id, rank)
    if version == 0:
        return None
    return announce(conn, [EventDraft(SITE_CHANNEL, MEMBER_CHANGED, member_id, version)])
