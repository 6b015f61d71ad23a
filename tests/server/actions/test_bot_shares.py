from __future__ import annotations

import pytest

from tertulia_server.actions.bot_shares import share_work
from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.store.bot_shares import MAX_SHARES, PARTS
from tertulia_wire.codes import Code
from tests.server.town import Town


async def test_shares_of_two_members_do_not_know_each_other(actions: Actions, town: Town) -> None:
    for member in (town.ada, town.bob):
        assert len((await share_work(actions, member, "dice", "holder-1")).held) == PARTS
    assert (await share_work(actions, town.ada, "dice", "holder-2")).held == []


async def test_guests_and_the_banned_share_nothing(actions: Actions, town: Town) -> None:
    for visitor, code in ((GUEST, Code.UNAUTHENTICATED), (town.rob, Code.BANNED)):
        with pytest.raises(Refusal) as caught:
            await share_work(actions, visitor, "dice", "holder-1")
        assert caught.value.code is code


async def test_number_of_shares_is_bounded(actions: Actions, town: Town) -> None:
    for number in range(MAX_SHARES):
        await share_work(actions, town.ada, f"share-{number}", "holder-1")
    with pytest.raises(Refusal) as caught:
        await share_work(actions, town.ada, "one-more", "holder-1")
    assert caught.value.code is Code.INVALID
