"""What a post changes in its author: the count on the card, and the card's version with it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from tertulia_server.errors import Refusal
from tertulia_server.store.members import card_of, member_columns, member_of_values
from tertulia_server.store.schema import bots, members
from tertulia_wire.codes import Code
from tertulia_wire.data import CardData

BURST_MS: Final = 60_000
"""The posts of a minute may be written in a second; after that each waits for its turn."""

CLOCK_SLACK_MS: Final = 60_000

_COUNT: Final = (
    update(members)
    .where(members.c.id == bindparam("member_id"))
    .values(messages=members.c.messages + bindparam("step"), version=members.c.version + 1)
    .returning(members.c.is_banned)
)
_DUE: Final = members.c.posts_due_ms
_COUNT_POST: Final = (
    update(members)
    .where(members.c.id == bindparam("member_id"))
    .values(
        messages=members.c.messages + 1,
        version=members.c.version + 1,
        posts_due_ms=bindparam("pace_ms")
        + case((_DUE.between(bindparam("now_ms"), bindparam("latest_ms")), _DUE), else_=bindparam("now_ms")),
    )
    .returning(*member_columns, _DUE)
)
_owner = members.alias("owner")
_STANDING: Final = (
    select(or_(members.c.is_banned, func.coalesce(_owner.c.is_banned, False)))
    .select_from(
        members.outerjoin(bots, bots.c.member_id == members.c.id).outerjoin(_owner, _owner.c.id == bots.c.owner_id)
    )
    .where(members.c.id == bindparam("member_id"))
)


def count_message(conn: Connection, member_id: int, step: int) -> bool:
    """Move the author's message count and raise the card's version; whether the author is banned."""
    is_banned: bool = conn.execute(_COUNT, {"member_id": member_id, "step": step}).scalar_one()
    return is_banned


def count_post(conn: Connection, member_id: int, now_ms: int, pace_ms: int, *, even_banned: bool = False) -> CardData:
    """Count a new post of a member: on the card, which it returns, and against the limit of its posts.

    ``pace_ms`` is a post's share of time, 0 for who has no limit. A minute's worth may come at once. `Refusal`: as
    `check_standing`, but ``BANNED`` not if ``even_banned``; ``RATE_LIMITED`` with the time until the next one may.
    The one row says it for all workers; their clocks may differ by up to `CLOCK_SLACK_MS`, and a clock that was set
    back by more does not silence anybody.
    """
    latest_ms = now_ms + BURST_MS + CLOCK_SLACK_MS
    values = {"member_id": member_id, "now_ms": now_ms, "pace_ms": pace_ms, "latest_ms": latest_ms}
    *member, due_ms = conn.execute(_COUNT_POST, values).one()
    author = member_of_values(member)
    if author.is_banned and not even_banned:
        raise Refusal(Code.BANNED)
    if author.is_bot:
        check_standing(conn, member_id)
    if pace_ms and due_ms > now_ms + BURST_MS:
        raise Refusal(Code.RATE_LIMITED, retry_after_ms=due_ms - now_ms - BURST_MS)
    return card_of(author)


def check_standing(conn: Connection, member_id: int) -> None:
    """Refuse members who were banned since they were identified (``BANNED``), or are gone (``UNAUTHENTICATED``).

    A bot is banned with its owner.
    """
    is_banned = conn.execute(_STANDING, {"member_id": member_id}).scalar_one_or_none()
    if is_banned is None:
        raise Refusal(Code.UNAUTHENTICATED)
    if is_banned:
        raise Refusal(Code.BANNED)
