from __future__ import annotations

import asyncio

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.ratings import rate_post
from tertulia_server.errors import Refusal
from tertulia_server.forum.marks import Mark
from tertulia_server.forum.models import GUEST
from tertulia_server.store.pages import read_post
from tests.server.actions.conftest import Heard
from tests.server.town import Town


async def test_rating_is_published_to_thread_and_forum_without_who_gave_it(
    actions: Actions, town: Town, thread_id: int, heard: Heard
) -> None:
    post = (await create_post(actions, town.bob, thread_id, "Bread.", key="bobs-key-1")).post
    outcome = await rate_post(actions, town.ada, post["id"], Mark.POSITIVE)
    events = heard.events()[2:]
    assert [(event.channel, event.name) for event in events] == [
        (f"thread:{thread_id}", "post.rated"),
        (f"forum:{town.forum_id}", "post.rated"),
    ]
    for event in events:
        assert event.data == {"post": outcome.post, "thread": outcome.thread}
    assert events[0].seq == outcome.cursor.seq


async def test_members_who_rate_each_other_at_once_wait_for_nobody_for_ever(
    actions: Actions, town: Town, thread_id: int
) -> None:
    """Whoever locks cards crosswise loses a transaction now and then, and a count with it."""
    of_bob, of_ada = [
        (await create_post(actions, who, thread_id, "Bread.", key=f"key-of-{who.name}")).post
        for who in (town.bob, town.ada)
    ]
    marks = [Mark.POSITIVE, Mark.NEGATIVE] * 5
    await asyncio.gather(
        *(rate_post(actions, town.ada, of_bob["id"], mark) for mark in marks),
        *(rate_post(actions, town.bob, of_ada["id"], mark) for mark in marks),
        *(rate_post(actions, town.mona, of_bob["id"], mark) for mark in marks),
    )
    for post, givers in ((of_bob, 2), (of_ada, 1)):
        place = await actions.store.read(read_post, post["id"])
        assert place is not None
        author = place.post["author"]
        assert place.post["positive"] + place.post["negative"] == givers
        assert (author["positive"], author["negative"]) == (place.post["positive"], place.post["negative"])


async def test_guest_is_refused_before_the_store_is_asked(actions: Actions, heard: Heard) -> None:
    with pytest.raises(Refusal):
        await rate_post(actions, GUEST, 1, Mark.POSITIVE)
    assert heard.publications == []
