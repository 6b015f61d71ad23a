"""What a post changes in its author: the count on the card, and the card's version with it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from tertulia_server.errors import Refusal
from tertulia_server.store.schema import members
from tertulia_wire.codes import Code

_COUNT: Final = (
    update(members)
    .where(members.c.id == bindparam("member_id"))
    .values(messages=members.c.messages + bindparam("step"), version=members.c.version + 1)
    .returning(members.c.is_banned)
)
_STANDING: Final = select(members.c.is_banned).where(members.c.id == bindparam("member_id"))


def count_message(conn: Connection, member_id: int, step: int) -> bool:
    """Move the author's message count and raise the card's version; whether the author is banned."""
    is_banned: bool = conn.execute(_COUNT, {"member_id": member_id, "step": step}).scalar_one()
    return is_banned


def check_standing(conn: Connection, member_id: int) -> None:
    """Refuse members who were banned since they were identified (``BANNED``), or are gone (``UNAUTHENTICATED``)."""
    is_banned = conn.execute(_STANDING, {"member_id": member_id}).scalar_one_or_none()
    if is_banned is None:
        raise Refusal(Code.UNAUTHENTICATED)
    if is_banned:
        raise Refusal(Code.BANNED)
