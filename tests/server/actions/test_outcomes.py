from __future__ import annotations

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.outcomes import find_first_outcome, publish
from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import Town, add_post


async def test_outcome_published_is_heard_once_per_channel(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    written = await actions.store.write(add_post, town.bob, thread_id, key="bobs-key-1")
    outcome = publish(actions, written)
    assert (outcome.post, outcome.thread, outcome.cursor) == (written.post, written.thread, written.cursor)
    assert [one.channel for one in heard.publications] == [f"thread:{thread_id}", f"forum:{town.forum_id}"]


async def test_first_outcome_is_found_or_the_refusal_raised(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    written = await actions.store.write(add_post, town.bob, thread_id, key="bobs-key-1")
    refusal = Refusal(Code.POST_EMPTY)
    outcome = await find_first_outcome(actions, town.bob, "bobs-key-1", otherwise=refusal)
    assert (outcome.post, outcome.is_replayed) == (written.post, True)
    with pytest.raises(Refusal) as raised:
        await find_first_outcome(actions, town.bob, "bobs-key-2", otherwise=refusal)
    assert raised.value is refusal
    assert heard.publications == []
