from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select, update

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import create_api_token, create_member, set_password, sign_in, sign_out
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Role
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.members import get_member
from tertulia_server.store.opening import open_store
from tertulia_server.store.schema import api_tokens, members, sign_ins
from tertulia_server.store.sign_ins import find_visitor_by_sign_in, find_visitor_by_token
from tertulia_wire.codes import Code

DAY_MS = 86_400_000


class Clock:
    now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def actions(tmp_path: Path, clock: Clock) -> AsyncIterator[Actions]:
    store = await open_store(f"sqlite:///{tmp_path}/test.db")
    yield Actions(store, lambda publications: None, clock)
    await store.close()


def make_imported(conn: Connection, member_id: int) -> None:
    conn.execute(update(members).where(members.c.id == member_id).values(is_imported=True))


async def test_member_created_can_sign_in_and_out(actions: Actions, clock: Clock) -> None:
    member_id = await create_member(actions, "Ada Byron", password="correct horse")
    token = await sign_in(actions, "ada byron", "correct horse", days=2)
    visitor = await actions.store.read(find_visitor_by_sign_in, hash_token(token), clock.now_ms + 2 * DAY_MS - 1)
    assert visitor is not None
    assert (visitor.member_id, visitor.name) == (member_id, "Ada Byron")
    assert await actions.store.read(find_visitor_by_sign_in, hash_token(token), clock.now_ms + 2 * DAY_MS) is None
    await sign_out(actions, token)
    await sign_out(actions, token)
    assert await actions.store.read(find_visitor_by_sign_in, hash_token(token), clock.now_ms) is None


async def test_member_created_as_bot_has_role_and_day(actions: Actions, clock: Clock) -> None:
    member_id = await create_member(actions, "Keeper", role=Role.MODERATOR, is_bot=True)
    member = await actions.store.read(get_member, member_id)
    assert member is not None
    assert (member.role, member.is_bot, member.joined_ms) == (Role.MODERATOR, True, clock.now_ms)


@pytest.mark.parametrize(("name", "password"), [("x", None), ("Ada ", None), ("Ada", "short"), ("Ada", "x" * 300)])
async def test_member_with_bad_name_or_password_is_refused(actions: Actions, name: str, password: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        await create_member(actions, name, password=password)
    assert refused.value.code is Code.INVALID


async def test_member_is_no_guest(actions: Actions) -> None:
    with pytest.raises(Refusal):
        await create_member(actions, "Ada", role=Role.GUEST)


async def test_member_with_taken_name_is_refused(actions: Actions) -> None:
    await create_member(actions, "Ada")
    with pytest.raises(Refusal) as refused:
        await create_member(actions, "ADA")
    assert refused.value.code is Code.NAME_TAKEN


@pytest.mark.parametrize(
    ("name", "password"),
    [("Ada", "wrong horse"), ("Nobody", "correct horse"), ("Keeper", ""), ("x" * 100_000, "y"), ("", "")],
)
async def test_sign_in_that_fails_says_one_thing(actions: Actions, name: str, password: str) -> None:
    await create_member(actions, "Ada", password="correct horse")
    await create_member(actions, "Keeper", is_bot=True)
    with pytest.raises(Refusal) as refused:
        await sign_in(actions, name, password)
    assert refused.value.code is Code.SIGN_IN_FAILED
    assert str(refused.value) == Code.SIGN_IN_FAILED.sentence
    assert await actions.store.read(lambda conn: conn.execute(select(sign_ins)).all()) == []


async def test_sign_in_of_imported_member_fails_whatever_the_row_says(actions: Actions) -> None:
    member_id = await create_member(actions, "Ada", password="correct horse")
    await actions.store.write(make_imported, member_id)
    with pytest.raises(Refusal) as refused:
        await sign_in(actions, "Ada", "correct horse")
    assert refused.value.code is Code.SIGN_IN_FAILED
    with pytest.raises(Refusal):
        await create_api_token(actions, member_id, "bot")
    with pytest.raises(Refusal):
        await set_password(actions, member_id, "correct horse")
    with pytest.raises(Refusal):
        await create_member(actions, "ada", password="correct horse")


async def test_password_changed_ends_all_sign_ins(actions: Actions, clock: Clock) -> None:
    member_id = await create_member(actions, "Ada", password="correct horse")
    token = await sign_in(actions, "Ada", "correct horse")
    await set_password(actions, member_id, "battery staple")
    assert await actions.store.read(find_visitor_by_sign_in, hash_token(token), clock.now_ms) is None
    assert await sign_in(actions, "Ada", "battery staple")


async def test_token_of_member_is_found_and_kept_as_hash_only(actions: Actions, clock: Clock) -> None:
    member_id = await create_member(actions, "Keeper", is_bot=True)
    token = await create_api_token(actions, member_id, "demo", days=1)
    assert token.startswith("tertulia_")
    visitor = await actions.store.read(find_visitor_by_token, hash_token(token), clock.now_ms)
    assert visitor is not None
    assert visitor.is_bot
    assert await actions.store.read(find_visitor_by_token, hash_token(token), clock.now_ms + DAY_MS) is None
    rows = await actions.store.read(lambda conn: conn.execute(select(api_tokens)).all())
    assert token not in str(rows)


@pytest.mark.parametrize("label", ["", "x" * 65])
async def test_token_with_bad_label_is_refused(actions: Actions, label: str) -> None:
    member_id = await create_member(actions, "Keeper", is_bot=True)
    with pytest.raises(Refusal):
        await create_api_token(actions, member_id, label)


async def test_token_of_nobody_is_refused(actions: Actions) -> None:
    with pytest.raises(Refusal) as refused:
        await create_api_token(actions, 99, "demo")
    assert refused.value.code is Code.NOT_FOUND
