from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_client import Bot, ClientError, PostCreated
from tertulia_client.testing import DialogError, FakeServer, Lives
from tertulia_client.testing import lives as module


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


def greeter() -> Bot:
    bot = Bot(state="never-made.db")

    @bot.on
    async def greet(post: PostCreated) -> None:
        await post.reply("one")
        await post.reply("two")

    bot.follow("thread:1", since="earliest")
    return bot


async def test_bot_that_dies_between_two_answers_gives_each_once(server: FakeServer, tmp_path: Path) -> None:
    async with Lives(greeter, server, state=tmp_path / "bot.db") as lives:
        server.faults.kill_after_writes = 1
        server.say("hello")
        await lives.settle()
        assert (lives.count, server.texts) == (2, ["hello", "one", "two"])
        server.faults.kill_before_writes = 2
        server.say("again")
        await lives.settle()
    assert lives.count == 3
    assert server.texts == ["hello", "one", "two", "again", "one", "two"]
    replies = [body["text"] for method, path, body in server.requests if path == "/api/threads/1/posts"]
    assert replies == ["one", "one", "two", "one", "one", "two"]  # the second of them came too late to be carried out


async def test_killed_bot_keeps_nothing_of_what_it_was_doing(server: FakeServer, tmp_path: Path) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    def make() -> Bot:
        bot = Bot()

        @bot.on
        async def slow(post: PostCreated) -> None:
            if begun.is_set():
                ended.set()
                return
            begun.set()
            await asyncio.Event().wait()

        bot.follow("thread:1")
        return bot

    async with Lives(make, server, state=tmp_path / "bot.db") as lives:
        server.say("hello")
        await begun.wait()
        lives.kill()
        await ended.wait()
        assert lives.count == 2


async def test_bot_that_cannot_live_says_why(server: FakeServer, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="follows nothing"):
        async with Lives(Bot, server, state=tmp_path / "bot.db"):
            pass


async def test_bot_that_never_ends_fails_the_test(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Lives(greeter, server, state=tmp_path / "bot.db") as lives:
        server.faults.is_stalled = True
        server.say("hello")
        monkeypatch.setattr(module, "SETTLE_LIMIT_S", 0.05)
        with pytest.raises(DialogError, match="has not done with everything"):
            await lives.settle()


async def test_nobody_is_killed_who_has_no_lives(server: FakeServer) -> None:
    with pytest.raises(AssertionError, match="Lives"):
        server.kill_bot()
