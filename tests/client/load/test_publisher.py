from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from tertulia_client.api import Api
from tertulia_client.ledger import Ledger
from tertulia_client.load.arrivals import Arrivals, Stretch
from tertulia_client.load.publisher import POST_CHARS, Publisher
from tertulia_client.testing import FakeServer
from tertulia_wire.events import key_hash


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


def publisher(api: Api, ledger: Ledger, *, rate: float, count: int) -> Publisher:
    arrivals = Arrivals([Stretch(count / rate, rate, rate)])
    return Publisher(api, lambda _: 1, "run1", arrivals=arrivals, ledger=ledger, clock=time.monotonic)


async def test_posts_are_written_acknowledged_and_known_by_their_key(server: FakeServer) -> None:
    ledger = Ledger()
    async with Api(server.url, token="t") as api:
        posts = publisher(api, ledger, rate=200, count=5)
        began_s = time.monotonic()
        await posts.run(asyncio.Event())
    assert (posts.acknowledged, posts.failed, posts.acknowledge_times.count) == (5, 0, 5)
    assert (ledger.head("thread:1"), sorted(posts.post_ids)) == (5, [1, 2, 3, 4, 5])
    assert len(set(server.texts)) == 5
    assert all(POST_CHARS - 10 <= len(text) <= POST_CHARS for text in server.texts)
    planned_s = [posts.planned_s(key_hash(f"load-run1-{number:06d}")) for number in range(1, 6)]
    assert all(time_s is not None and began_s <= time_s <= began_s + 1 for time_s in planned_s)
    gaps = [later - earlier for earlier, later in pairwise(planned_s) if earlier and later]
    assert gaps == pytest.approx([0.005] * 4)
    assert posts.planned_s("of somebody else") is None


async def test_failures_are_counted_and_the_first_is_kept(server: FakeServer) -> None:
    server.faults.api_answers = [(403, {"code": 4213, "detail": "This thread is locked."}), (403, {"code": 4302})]
    async with Api(server.url, token="t") as api:
        posts = publisher(api, Ledger(), rate=50, count=3)
        await posts.run(asyncio.Event())
    assert (posts.acknowledged, posts.failed, posts.first_failure) == (1, 2, "This thread is locked.")


async def test_told_to_stop_no_more_are_begun(server: FakeServer) -> None:
    stopping = asyncio.Event()
    async with Api(server.url, token="t") as api:
        posts = publisher(api, Ledger(), rate=1, count=1000)
        running = asyncio.create_task(posts.run(stopping))
        await server.has_posts(1)
        stopping.set()
        await running
    assert posts.acknowledged == 1


async def test_posts_of_another_process_are_known_by_the_plan(server: FakeServer) -> None:
    async with Api(server.url, token="t") as api:
        leads, knows = (publisher(api, Ledger(), rate=100, count=3) for _ in range(2))
        began_s = time.monotonic()
        knows.expect(leads.plan())
        knows.note_began(began_s)
        await leads.run(asyncio.Event(), began_s=began_s)
    keys = [key_hash(f"load-run1-{number:06d}") for number in range(1, 4)]
    assert [knows.planned_s(key) for key in keys] == [leads.planned_s(key) for key in keys]
