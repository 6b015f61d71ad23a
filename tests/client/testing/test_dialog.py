from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client import Bot, ClientError, PostCreated
from tertulia_client.testing import BOT, DialogError, FakeServer, talking_with
from tertulia_client.testing import dialog as module


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server


@pytest.fixture
def bot() -> Bot:
    bot = Bot("http://127.0.0.1:1", state="never-made.db")

    @bot.command
    async def echo(post: PostCreated, *words: str) -> None:
        for word in words:
            await post.reply(word)

    bot.follow("forum:*", "thread:1")
    return bot


async def test_answers_are_expected_one_by_one(server: FakeServer, bot: Bot) -> None:
    options = bot.options
    async with talking_with(bot, server) as dialog:
        await dialog.says("!echo one two").expects("one", "two")
        await dialog.says("!echo hello").expects_match("^hel+o$")
        await dialog.says("nothing").expects_silence()
        await dialog.says("!echo x", author=BOT).expects_silence()
        await dialog.says("!echo elsewhere", thread_id=2).expects("elsewhere")
    assert bot.options == options


async def test_other_answers_fail_the_test(server: FakeServer, bot: Bot) -> None:
    async with talking_with(bot, server) as dialog:
        for answer in (
            dialog.says("!echo one").expects("two"),
            dialog.says("!echo one").expects_match("two"),
            dialog.says("!echo one").expects_silence(),
            dialog.says("!echo one").expects("one", "more"),
            dialog.says("silence").expects("one"),
        ):
            with pytest.raises(DialogError):
                await answer


async def test_bot_that_never_ends_fails_the_test(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_LIMIT_S", 0.05)
    bot, gate = Bot(), asyncio.Event()

    @bot.on
    async def slow(post: PostCreated) -> None:
        await gate.wait()

    bot.follow("thread:1")
    async with talking_with(bot, server) as dialog:
        with pytest.raises(DialogError, match="has not done with"):
            await dialog.says("anything").expects_silence()
        gate.set()


async def test_bot_that_cannot_run_says_why(server: FakeServer) -> None:
    with pytest.raises(ClientError, match="follows nothing"):
        async with talking_with(Bot(), server):
            pass
