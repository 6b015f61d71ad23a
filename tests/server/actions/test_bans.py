from __future__ import annotations

from dataclasses import replace

import pytest

from tertulia_server.actions.bans import MAX_BAN_MS, ban_member, end_bans, unban_member
from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST, Ban, Role, Visitor
from tertulia_server.store.audit import read_entries
from tertulia_server.store.members import get_member, insert_member, visitor_of
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import NOW_MS, Town

HOUR_MS = 3_600_000


def refuses(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code is code)


async def now(actions: Actions, visitor: Visitor) -> Visitor:
    assert visitor.member_id is not None
    member = await actions.store.read(get_member, visitor.member_id)
    assert member is not None
    return visitor_of(member)


def id_of(visitor: Visitor) -> int:
    assert visitor.member_id is not None
    return visitor.member_id


async def test_ban_is_on_the_card_for_all_and_its_reason_for_nobody_else(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    await ban_member(actions, town.mona, id_of(town.bob), " sells\nshoes ", for_ms=HOUR_MS)
    (told,) = [event for event in heard.events() if event.channel == "site"]
    assert (told.name, told.data["member"]["is_banned"], told.data["member"]["rank"]) == (
        "member.changed",
        True,
        "BANNED",
    )
    assert not any(b"shoes" in one.payload for one in heard.publications)
    bob = await now(actions, town.bob)
    assert (bob.is_banned, bob.ban) == (True, Ban("sells shoes", NOW_MS + HOUR_MS))
    with refuses(Code.BANNED):
        await create_post(actions, town.bob, thread_id, "Shoes!", key="bobs-key-1")  # as who he was before
    with pytest.raises(Refusal, match=r"until 2025-10-09, .* The reason: sells shoes"):
        await create_post(actions, bob, thread_id, "Shoes!", key="bobs-key-1")


async def test_ban_is_changed_and_ended_by_hand(actions: Actions, town: Town, heard: Heard) -> None:
    await ban_member(actions, town.mona, id_of(town.bob), "Shoes", for_ms=HOUR_MS)
    await ban_member(actions, town.mona, id_of(town.bob), "Shoes", for_ms=HOUR_MS)
    await ban_member(actions, town.mona, id_of(town.bob), "Shoes, again")
    assert (await now(actions, town.bob)).ban == Ban("Shoes, again", None)
    await unban_member(actions, town.mona, id_of(town.bob))
    await unban_member(actions, town.mona, id_of(town.bob))
    assert await now(actions, town.bob) == town.bob
    cards = [event.data["member"] for event in heard.events() if event.channel == "site"]
    assert [(card["is_banned"], card["version"]) for card in cards] == [(True, 2), (True, 3), (False, 4)]
    lines = (await actions.store.read(read_entries)).lines
    assert [(line.actor, line.entry.action.value, line.member) for line in reversed(lines)] == [
        ("mona", "member.banned", "bob"),
        ("mona", "member.banned", "bob"),
        ("mona", "member.unbanned", "bob"),
    ]
    assert dict(lines[-1].entry.detail) == {"reason": "Shoes", "until_ms": NOW_MS + HOUR_MS}


async def test_ban_ends_by_itself_once_its_time_has_come(actions: Actions, town: Town, heard: Heard) -> None:
    await ban_member(actions, town.mona, id_of(town.bob), "Shoes", for_ms=HOUR_MS)
    await ban_member(actions, town.mona, id_of(town.ada), "Hats", for_ms=2 * HOUR_MS)
    just_before = replace(actions, now_ms=lambda: NOW_MS + HOUR_MS - 1)
    assert not await end_bans(just_before)
    later = replace(actions, now_ms=lambda: NOW_MS + HOUR_MS)
    assert await end_bans(later)
    assert not await end_bans(later)
    assert not (await now(actions, town.bob)).is_banned
    assert (await now(actions, town.ada)).is_banned
    assert (await now(actions, town.rob)).is_banned  # for good
    last = [event.data["member"] for event in heard.events() if event.channel == "site"][-1]
    assert (last["name"], last["is_banned"]) == ("bob", False)
    line = (await actions.store.read(read_entries)).lines[0]
    assert (line.actor, line.entry.action.value, line.member) == (None, "ban.ended", "bob")


async def test_ban_is_for_the_staff_and_spares_those_above(actions: Actions, town: Town, heard: Heard) -> None:
    admin_id = await actions.store.write(insert_member, "anna", joined_ms=NOW_MS, role=Role.ADMINISTRATOR)
    anna = visitor_of(await actions.store.read(get_member, admin_id))  # type: ignore[arg-type]
    with refuses(Code.UNAUTHENTICATED):
        await ban_member(actions, GUEST, id_of(town.bob), "Why not")
    for visitor, target in [(town.ada, town.bob), (town.mona, anna), (town.mona, town.mona), (anna, anna)]:
        with refuses(Code.FORBIDDEN):
            await ban_member(actions, visitor, id_of(target), "Why not")
        with refuses(Code.FORBIDDEN):
            await unban_member(actions, visitor, id_of(target))
    with refuses(Code.NOT_FOUND):
        await ban_member(actions, anna, 999, "Why not")
    assert heard.publications == []
    await ban_member(actions, anna, id_of(town.mona), "Bribes")
    with refuses(Code.BANNED):
        await ban_member(actions, town.mona, id_of(town.bob), "Revenge")  # as who she was before
    await ban_member(actions, None, id_of(town.bob), "By whoever has the database")
    assert (await actions.store.read(read_entries)).lines[0].actor is None


@pytest.mark.parametrize(("reason", "for_ms"), [("", None), (" \n", None), ("Fine", 0), ("Fine", MAX_BAN_MS + 1)])
async def test_ban_without_a_reason_or_for_no_time_is_refused(
    actions: Actions, town: Town, heard: Heard, reason: str, for_ms: int | None
) -> None:
    with refuses(Code.INVALID):
        await ban_member(actions, town.mona, id_of(town.bob), reason, for_ms=for_ms)
    assert heard.publications == []
