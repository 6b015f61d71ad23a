from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection, update

from tertulia_server.actions.context import Actions
from tertulia_server.actions.moderators import appoint_moderator, dismiss_moderator, set_administrator
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Role, Visitor
from tertulia_server.store.rights_log import MEMBER_RIGHTS, read_rights
from tertulia_server.store.rights_seq import RIGHTS_CHANNEL
from tertulia_server.store.schema import members
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import Town, visitor_with_id


async def visitor_now(actions: Actions, visitor: Visitor) -> Visitor:
    assert visitor.member_id is not None
    return await actions.store.read(visitor_with_id, visitor.member_id)


async def make_root(actions: Actions, town: Town) -> Visitor:
    await set_administrator(actions, None, "ada", is_one=True)
    return await visitor_now(actions, town.ada)


async def code_of(attempt: Awaitable[None]) -> Code | None:
    try:
        await attempt
    except Refusal as refusal:
        return refusal.code
    return None


async def test_appointed_moderator_is_told_to_every_worker(actions: Actions, town: Town, heard: Heard) -> None:
    root = await make_root(actions, town)
    await appoint_moderator(actions, root, "bob", town.forum_id)
    bob = await visitor_now(actions, town.bob)
    assert (bob.role, bob.moderates) == (Role.MODERATOR, frozenset({town.forum_id}))
    await dismiss_moderator(actions, root, "bob", town.forum_id)
    assert await visitor_now(actions, town.bob) == town.bob
    logged = (await actions.store.read(read_rights, 0)).events
    assert [(event.name, event.about_id) for event in logged] == [
        (MEMBER_RIGHTS, town.ada.member_id),
        (MEMBER_RIGHTS, town.bob.member_id),
        (MEMBER_RIGHTS, town.bob.member_id),
    ]
    assert [(one.channel, one.seq) for one in heard.publications] == [(RIGHTS_CHANNEL, seq) for seq in (1, 2, 3)]


async def test_what_is_so_already_is_told_to_nobody(actions: Actions, town: Town, heard: Heard) -> None:
    await appoint_moderator(actions, None, "mona", town.forum_id)
    await dismiss_moderator(actions, None, "bob", town.forum_id)
    await set_administrator(actions, None, "bob", is_one=False)
    assert heard.publications == []


@pytest.mark.parametrize("change", [appoint_moderator, dismiss_moderator])
async def test_appointing_is_refused_to_all_but_administrators(
    actions: Actions, town: Town, change: Callable[[Actions, Visitor | None, str, int], Awaitable[None]]
) -> None:
    codes = [
        await code_of(change(actions, who, "bob", town.forum_id)) for who in (GUEST, town.bob, town.mona, town.rob)
    ]
    assert codes == [Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.FORBIDDEN, Code.BANNED]
    assert await code_of(change(actions, None, "nobody", town.forum_id)) is Code.NOT_FOUND
    assert await code_of(change(actions, None, "bob", 999)) is Code.NOT_FOUND


async def test_administrators_are_made_by_administrators_and_never_by_themselves(actions: Actions, town: Town) -> None:
    root = await make_root(actions, town)
    assert await code_of(set_administrator(actions, town.mona, "mona", is_one=True)) is Code.FORBIDDEN
    assert await code_of(set_administrator(actions, root, "ada", is_one=False)) is Code.FORBIDDEN
    await set_administrator(actions, root, "bob", is_one=True)
    bob = await visitor_now(actions, town.bob)
    await set_administrator(actions, bob, "ada", is_one=False)
    assert (await visitor_now(actions, town.ada)).role is Role.MEMBER


async def test_member_out_of_an_archive_moderates_nothing(actions: Actions, town: Town) -> None:
    def make_imported(conn: Connection) -> None:
        conn.execute(update(members).where(members.c.id == town.bob.member_id).values(is_imported=True))

    await actions.store.write(make_imported)
    assert await code_of(appoint_moderator(actions, None, "bob", town.forum_id)) is Code.FORBIDDEN
