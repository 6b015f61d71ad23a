from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client import Bot, PostCreated
from tertulia_client.bots.work import Retry
from tertulia_client.errors import ClientError
from tertulia_client.load.bot_users import BEGUN, DONE, play_bots
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(40), FakeServer() as server:
        yield server


def make(heard: list[int], *, fails: bool = False) -> Bot:
    bot = Bot("http://127.0.0.1:1", hears_itself=True, retry=Retry(max_attempts=1))
    bot.follow("thread:999")

    @bot.on
    async def count(post: PostCreated) -> None:
        if fails:
            raise ValueError("no")
        heard.append(post.number)

    return bot


async def test_bots_run_where_the_run_is_and_their_handling_is_timed(server: FakeServer) -> None:
    heard: list[int] = []
    async with stage_on(server, bot_token="b", readers=2, bots=2) as stage:
        await play_bots(lambda: make(heard), stage)
        assert sorted(heard) == sorted([*range(1, 21)] * 2)
        assert (stage.times(BEGUN).count, stage.times(DONE).count, stage.failed) == (40, 40, 0)
        assert stage.ledger.balance().is_clean
    while server.connections:  # noqa: ASYNC110 - the server tells nobody when one left
        await asyncio.sleep(0.005)


async def test_event_that_a_bot_gave_up_is_a_failure(server: FakeServer) -> None:
    async with stage_on(server, bot_token="b", readers=0, rate=10.0, duration_s=0.3) as stage:
        await play_bots(lambda: make([], fails=True), stage)
        assert (stage.failed, stage.first_failure) == (3, "a bot gave up on an event")


async def test_bot_that_is_refused_ends_the_run(server: FakeServer) -> None:
    server.unknown_channels.add("thread:1")
    async with stage_on(server, bot_token="b", readers=0) as stage:
        with pytest.raises(ClientError):
            await play_bots(lambda: make([]), stage)


async def test_bot_needs_an_account_of_its_own(server: FakeServer) -> None:
    async with stage_on(server, readers=0) as stage:
        with pytest.raises(ClientError, match="--bot-token"):
            await play_bots(lambda: make([]), stage)
