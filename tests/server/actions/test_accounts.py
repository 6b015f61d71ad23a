from __future__ import annotations

import pytest

from tertulia_server.actions.accounts import change_password, end_sign_in, register, sign_out_everywhere
from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import create_member, sign_in
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Role, Visitor
from tertulia_server.forum.tokens import SECRET_ID_CHARS, hash_token
from tertulia_server.store.sign_ins import find_visitor_by_sign_in, read_sign_ins
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town

PASSWORD = "correct horse"


async def who(actions: Actions, token: str) -> Visitor | None:
    return await actions.store.read(find_visitor_by_sign_in, hash_token(token), NOW_MS)


async def registered(actions: Actions) -> tuple[str, Visitor]:
    token = await register(actions, "Zoë", PASSWORD, days=2, browser="Firefox on Linux")
    visitor = await who(actions, token)
    assert visitor is not None
    return token, visitor


async def test_whoever_registers_is_a_member_and_signed_in(actions: Actions) -> None:
    _, visitor = await registered(actions)
    assert (visitor.name, visitor.role, visitor.is_bot) == ("Zoë", Role.MEMBER, False)
    [kept] = await actions.store.read(read_sign_ins, visitor.member_id or 0, NOW_MS)
    assert (kept.browser, kept.expires_ms) == ("Firefox on Linux", NOW_MS + 2 * 86_400_000)
    assert await sign_in(actions, "zoë", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [("ADA", PASSWORD, Code.NAME_TAKEN), ("x", PASSWORD, Code.INVALID), ("Zoë", "short", Code.INVALID)],
)
async def test_registration_that_cannot_be_leaves_nothing(
    actions: Actions, town: Town, name: str, password: str, code: Code
) -> None:
    with pytest.raises(Refusal) as refused:
        await register(actions, name, password, days=2)
    assert refused.value.code is code
    with pytest.raises(Refusal):
        await sign_in(actions, name, password)


async def test_password_changed_ends_all_sign_ins_and_begins_one(actions: Actions) -> None:
    first, visitor = await registered(actions)
    fresh = await change_password(actions, visitor, PASSWORD, "battery staple", days=1)
    assert await who(actions, first) is None
    assert await who(actions, fresh) == visitor
    with pytest.raises(Refusal):
        await sign_in(actions, "Zoë", PASSWORD)


@pytest.mark.parametrize(
    ("present", "fresh", "code"),
    [("wrong horse", "battery staple", Code.SIGN_IN_FAILED), (PASSWORD, "x", Code.INVALID)],
)
async def test_password_is_not_changed_without_the_present_one_or_for_a_bad_one(
    actions: Actions, present: str, fresh: str, code: Code
) -> None:
    token, visitor = await registered(actions)
    with pytest.raises(Refusal) as refused:
        await change_password(actions, visitor, present, fresh, days=1)
    assert refused.value.code is code
    assert await who(actions, token) == visitor


async def test_account_without_a_password_gets_none_by_guessing(actions: Actions) -> None:
    member_id = await create_member(actions, "Keeper", is_bot=True)
    with pytest.raises(Refusal) as refused:
        await change_password(actions, Visitor(member_id, "Keeper", Role.MEMBER), "", "battery staple", days=1)
    assert refused.value.code is Code.SIGN_IN_FAILED


async def test_sign_ins_end_all_at_once_or_one_by_one(actions: Actions, town: Town) -> None:
    token, visitor = await registered(actions)
    second = await sign_in(actions, "Zoë", PASSWORD)
    with pytest.raises(Refusal) as refused:
        await end_sign_in(actions, town.ada, hash_token(second)[:SECRET_ID_CHARS])
    assert refused.value.code is Code.NOT_FOUND
    await end_sign_in(actions, visitor, hash_token(second)[:SECRET_ID_CHARS])
    assert [await who(actions, one) for one in (token, second)] == [visitor, None]
    third = await sign_in(actions, "Zoë", PASSWORD)
    await sign_out_everywhere(actions, visitor)
    assert [await who(actions, one) for one in (token, third)] == [None, None]


async def test_guest_has_no_account(actions: Actions) -> None:
    with pytest.raises(Refusal) as refused:
        await sign_out_everywhere(actions, GUEST)
    assert refused.value.code is Code.UNAUTHENTICATED
