from __future__ import annotations

import asyncio

from tertulia_client import Bot, PostCreated
from tertulia_client.testing import FakeServer
from tertulia_client.testing.settling import has_everything, settled
from tests.client.running import running


async def test_bot_has_everything_when_its_handlers_have_ended_and_its_answers_came_back() -> None:
    gate = asyncio.Event()
    async with asyncio.timeout(20), FakeServer() as server:
        bot = Bot(server.url, token="t")

        @bot.on
        async def answer(post: PostCreated) -> str:
            await gate.wait()
            return "yes"

        bot.follow("thread:1")
        async with running(bot):
            server.say("are you there?")
            assert not has_everything(bot, server)
            gate.set()
            await settled(bot, server)
            assert server.texts[-1] == "yes"
            assert bot.places["thread:1"].seq == 2
            server.epoch = "e2"
            assert not has_everything(bot, server)
