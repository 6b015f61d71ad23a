"""The limit of posts: whom it holds, and that it holds across workers."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.posts import create_post
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Role
from tertulia_server.store.opening import open_store
from tertulia_wire.codes import Code
from tests.server.actions.conftest import Heard
from tests.server.town import NOW_MS, Town


def test_share_of_a_post_is_a_minute_divided(actions: Actions, town: Town) -> None:
    limited = replace(actions, posts_per_minute=300)
    assert limited.pace_ms(town.ada) == 200
    assert actions.pace_ms(town.ada) == 0
    assert limited.pace_ms(town.mona) == 0
    assert limited.pace_ms(replace(town.ada, role=Role.ADMINISTRATOR)) == 0
    assert limited.pace_ms(replace(town.ada, is_bot=True)) == 0


async def test_limit_holds_over_all_workers_and_for_each_member_alone(
    actions: Actions, town: Town, thread_id: int, heard: Heard, any_url: str
) -> None:
    other_store = await open_store(any_url, create=False)
    workers = [Actions(store, heard, lambda: NOW_MS, posts_per_minute=4) for store in (actions.store, other_store)]
    for number, worker in zip(range(4), cycle(workers), strict=False):
        await create_post(worker, town.bob, thread_id, "hello", key=f"bobs-key-{number}")
    for worker in workers:
        with pytest.raises(Refusal) as refused:
            await create_post(worker, town.bob, thread_id, "hello", key="bobs-key-more")
        assert (refused.value.code, refused.value.retry_after_ms) == (Code.RATE_LIMITED, 15_000)
    replayed = await create_post(workers[1], town.bob, thread_id, "hello", key="bobs-key-0")
    assert replayed.is_replayed
    await create_post(workers[0], town.ada, thread_id, "hello", key="adas-key-0")
    later = replace(workers[1], now_ms=lambda: NOW_MS + 15_000)
    assert not (await create_post(later, town.bob, thread_id, "hello", key="bobs-key-more")).is_replayed
    await other_store.close()
