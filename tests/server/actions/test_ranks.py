from __future__ import annotations

from dataclasses import replace

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.ranks import set_rank
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Role
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import Town


async def test_rank_set_by_hand_is_told_on_the_site(actions: Actions, heard: Heard, town: Town) -> None:
    chief = replace(town.mona, role=Role.ADMINISTRATOR)
    ada = town.ada.member_id or 0
    await set_rank(actions, ada, "  Lamp\nkeeper ", by=chief)
    await set_rank(actions, ada, "Lamp keeper", by=chief)
    await set_rank(actions, ada, "")
    told = [(event.channel, event.name, event.data["member"]["rank"]) for event in heard.events()]
    assert told == [("site", "member.changed", "Lamp keeper"), ("site", "member.changed", "NEW MEMBER")]


@pytest.mark.parametrize("rank", ["x" * 41, "Banned"])
async def test_rank_that_may_not_be_is_refused(actions: Actions, town: Town, rank: str) -> None:
    with pytest.raises(Refusal) as refused:
        await set_rank(actions, town.ada.member_id or 0, rank)
    assert refused.value.code is Code.INVALID


async def test_rank_is_set_by_administrators_only_and_for_somebody(actions: Actions, heard: Heard, town: Town) -> None:
    for visitor in (town.ada, town.mona):
        with pytest.raises(Refusal) as refused:
            await set_rank(actions, town.ada.member_id or 0, "Chief", by=visitor)
        assert refused.value.code is Code.FORBIDDEN
    with pytest.raises(Refusal) as refused:
        await set_rank(actions, 99, "Chief")
    assert refused.value.code is Code.NOT_FOUND
    assert heard.events() == []
