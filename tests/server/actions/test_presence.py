from __future__ import annotations

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.presence import hide_presence
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tests.server.town import Town, visitor_with_id


async def test_member_hides_and_is_named_again(actions: Actions, town: Town) -> None:
    assert town.ada.member_id is not None
    for hides in (True, False):
        assert await hide_presence(actions, town.ada, hides=hides) == town.ada.member_id
        assert (await actions.store.read(visitor_with_id, town.ada.member_id)).hides_presence is hides


async def test_guest_has_nothing_to_hide(actions: Actions) -> None:
    with pytest.raises(Refusal):
        await hide_presence(actions, GUEST, hides=True)
