from __future__ import annotations

from dataclasses import replace

import pytest

from tertulia_server.actions.bots import create_bot, create_token, revoke_token
from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Scope, Visitor
from tertulia_server.forum.tokens import SECRET_ID_CHARS, hash_token
from tertulia_server.store.sign_ins import find_visitor_by_token
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town


async def who(actions: Actions, token: str, now_ms: int = NOW_MS) -> Visitor | None:
    return await actions.store.read(find_visitor_by_token, hash_token(token), now_ms)


async def test_member_makes_a_bot_and_gives_it_a_token(actions: Actions, town: Town) -> None:
    bot_id = await create_bot(actions, town.ada, "Keeper")
    token = await create_token(actions, town.ada, bot_id, "bridge", Scope.READ | Scope.POST, days=1)
    found = await who(actions, token)
    assert found is not None
    assert (found.member_id, found.is_bot, found.scopes) == (bot_id, True, Scope.READ | Scope.POST)
    assert await who(actions, token, NOW_MS + 86_400_000) is None


async def test_token_of_somebody_else_is_neither_made_nor_revoked(actions: Actions, town: Town) -> None:
    bot_id = await create_bot(actions, town.ada, "Keeper")
    for member_id in (bot_id, town.ada.member_id or 0, 99):
        with pytest.raises(Refusal) as refused:
            await create_token(actions, town.bob, member_id, "x", Scope.READ, days=None)
        assert refused.value.code is Code.NOT_FOUND
    token = await create_token(actions, town.ada, bot_id, "x", Scope.READ, days=None)
    token_id = hash_token(token)[:SECRET_ID_CHARS]
    with pytest.raises(Refusal) as refused:
        await revoke_token(actions, town.bob, token_id)
    assert refused.value.code is Code.NOT_FOUND
    await revoke_token(actions, town.ada, token_id)
    assert await who(actions, token) is None


async def test_guests_bots_the_banned_and_reading_tokens_make_none(actions: Actions, town: Town) -> None:
    bot = replace(town.ada, is_bot=True)
    expected = [Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.BANNED, Code.FORBIDDEN]
    for visitor, code in zip([GUEST, bot, town.rob, town.ada.within(Scope.READ)], expected, strict=True):
        with pytest.raises(Refusal) as refused:
            await create_bot(actions, visitor, "Keeper")
        assert refused.value.code is code
        with pytest.raises(Refusal) as refused:
            await create_token(actions, visitor, visitor.member_id or 0, "x", Scope.READ, days=None)
        assert refused.value.code is code
    with pytest.raises(Refusal):
        await revoke_token(actions, GUEST, "x")


async def test_ban_since_the_request_was_identified_counts(actions: Actions, town: Town) -> None:
    with pytest.raises(Refusal) as refused:
        await create_bot(actions, replace(town.rob, is_banned=False), "Keeper")
    assert refused.value.code is Code.BANNED


@pytest.mark.parametrize("days", [0, -1, 3651])
async def test_token_for_impossible_days_is_refused(actions: Actions, town: Town, days: int) -> None:
    with pytest.raises(Refusal) as refused:
        await create_token(actions, town.ada, town.ada.member_id or 0, "x", Scope.READ, days=days)
    assert refused.value.code is Code.INVALID
