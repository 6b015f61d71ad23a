"""Copies of one bot that share its work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_write
from tertulia_server.store import bot_shares
from tertulia_server.store.bot_shares import Holding, ShareFull, ShareOutcome
from tertulia_wire.codes import Code

LEASE_MS: Final = 5_000
"""After so long without a word a copy is taken for dead. The clocks of workers may differ by less than that."""


async def share_work(
    actions: Actions,
    visitor: Visitor,
    name: str,
    holder: str,
    *,
    held: Sequence[Holding] = (),
    let_go: Sequence[int] = (),
    is_leaving: bool = False,
) -> ShareOutcome:
    """One copy's word that it lives, how far it has come, and what it gives up; what it is to do from now on.

    `Refusal`: as `check_may_write`, and ``INVALID`` beyond the limits of shares, copies and channels.
    """
    check_may_write(visitor)
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    try:
        return await actions.store.write(
            bot_shares.share_work,
            visitor.member_id,
            name,
            holder,
            held=held,
            let_go=let_go,
            is_leaving=is_leaving,
            now_ms=actions.now_ms(),
            lease_ms=LEASE_MS,
        )
    except ShareFull:
        raise Refusal(
            Code.INVALID,
            Sentence(
                "A bot has at most %(shares)s shares, and one of them %(copies)s copies.",
                shares=bot_shares.MAX_SHARES,
                copies=bot_shares.MAX_COPIES,
            ),
        ) from None
