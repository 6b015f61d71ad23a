from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client.ledger import Balance
from tertulia_client.load.plan import Verify
from tertulia_client.load.stamped import CAN_STAMP
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


async def test_posts_reach_all_readers_and_are_booked_timed_and_charted(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        await stage.gather()
        await stage.post()
        balance = stage.ledger.balance()
        assert (balance.expected, balance.received, balance.is_clean) == (120, 120, True)
        assert stage.delivery_times.count == 120
        assert sum(moment.deliveries for moment in stage.timeline.moments) <= 120
        assert stage.timeline.moments[-1].connected == 6
        assert stage.lag.lags.count
        if CAN_STAMP:
            assert stage.parts.whole.count == stage.parts.server.count == stage.parts.generator.count == 40


async def test_many_threads_are_read_and_written(server: FakeServer) -> None:
    async with stage_on(server, 1, 2, 3, readers=20) as stage:
        await stage.gather()
        await stage.post()
        assert stage.ledger.balance().is_clean
        assert len({post["thread_id"] for post in server.posts}) == 3


async def test_only_some_books_are_kept(server: FakeServer) -> None:
    async with stage_on(server, readers=12, verify=Verify.SAMPLE) as stage:
        await stage.gather()
        await stage.post()
        assert stage.ledger.balance().expected == 2 * 20


async def test_without_books_all_are_timed_all_the_same(server: FakeServer) -> None:
    async with stage_on(server, readers=3, verify=Verify.OFF, settle_s=0.5) as stage:
        await stage.gather()
        await stage.post()
        assert (stage.ledger.balance().expected, stage.delivery_times.count) == (0, 60)


async def test_told_to_stop_a_wait_ends(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        assert await stage.sleep(0.001)
        stage.stopping.set()
        assert not await stage.sleep(600)


async def test_some_readers_are_chosen_by_the_seed(server: FakeServer) -> None:
    async with stage_on(server, readers=100) as stage, stage_on(server, readers=100, seed=2) as other:
        some = stage.some_readers("slow", 0.1)
        assert len(some) == 10
        assert some == stage.some_readers("slow", 0.1) != other.some_readers("slow", 0.1)
        assert len(stage.some_readers("slow", 0.0)) == 1


async def test_first_failure_is_kept(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        stage.fail("one")
        stage.fail("two")
        assert (stage.failed, stage.first_failure) == (2, "one")


async def test_books_of_others_are_added_to_ours(server: FakeServer) -> None:
    async with stage_on(server, readers=1) as stage:
        await stage.gather()
        await stage.post()
        stage.add_books(Balance(5, 4, 1, 0, 0, 0), ["reader 2 misses 1"], connected=3)
        assert (stage.balance.expected, stage.balance.missing, stage.connected) == (25, 1, 4)
        assert stage.complaints == ["reader 2 misses 1"]
        assert stage.owned([1, 2]) == [1, 2]
