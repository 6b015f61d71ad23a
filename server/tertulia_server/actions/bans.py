"""Banning members, and letting them in again."""

from __future__ import annotations

from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.moderation import check_reason
from tertulia_server.forum.rights import check_may_write
from tertulia_server.store.banning import find_ended_bans, write_ban, write_ended_bans, write_unban
from tertulia_wire.codes import Code

MIN_BAN_MS: Final = 1_000
MAX_BAN_MS: Final = 10 * 366 * 24 * 60 * 60 * 1000
"""Ten years; what is to last longer has no end."""


async def ban_member(
    actions: Actions, visitor: Visitor | None, member_id: int, reason: str, *, for_ms: int | None = None
) -> None:
    """Ban a member for a time, by default for good. Whoever is banned already gets this reason and end.

    ``visitor`` None is whoever has the database. `Refusal`: ``UNAUTHENTICATED``, ``BANNED``, ``FORBIDDEN``,
    ``NOT_FOUND``, ``INVALID`` without a reason or for a time that cannot be.
    """
    if visitor is not None:
        check_may_write(visitor)
    reason = check_reason(reason)
    if for_ms is not None and not MIN_BAN_MS <= for_ms <= MAX_BAN_MS:
        raise Refusal(Code.INVALID, "A ban lasts from a second to ten years, or has no end.")
    now_ms = actions.now_ms()
    until_ms = None if for_ms is None else now_ms + for_ms
    actions.tell(await actions.store.write(write_ban, visitor, member_id, reason, until_ms, now_ms=now_ms))


async def unban_member(actions: Actions, visitor: Visitor | None, member_id: int) -> None:
    """End a ban before its time; nothing happens where there is none. Refuses as `ban_member`."""
    if visitor is not None:
        check_may_write(visitor)
    actions.tell(await actions.store.write(write_unban, visitor, member_id, now_ms=actions.now_ms()))


async def end_bans(actions: Actions) -> bool:
    """End the bans whose time has come; whether there were any. Where there are none nothing is written."""
    now_ms = actions.now_ms()
    if not await actions.store.read(find_ended_bans, now_ms):
        return False
    announcement = await actions.store.write(write_ended_bans, now_ms=now_ms)
    actions.tell(announcement)
    return announcement is not None
