"""What a bot says when it cannot run as it was told: a sentence that says what to do, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_client import Bot, ClientError, PostCreated, Reset
from tertulia_client.bots.state import open_state
from tertulia_client.testing import FakeServer
from tertulia_wire.cursors import Cursor
from tests.client.running import Heard, live, running


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer(tokens=frozenset({"right"})) as server:
        yield server


@pytest.fixture
async def state(server: FakeServer, tmp_path: Path) -> Path:
    """Of a bot that has handled one post."""
    heard, path = Heard(), tmp_path / "bot.db"
    async with running(listener(server.url, path, heard)):
        server.say("one")
        await heard.until(1)
    return path


def listener(url: str, path: Path, heard: Heard, *channels: str, token: str = "right") -> Bot:
    bot = Bot(url, token=token, state=path)

    @bot.on
    async def listen(post: PostCreated) -> None:
        heard.add(post.text)

    @bot.on
    async def start_over(reset: Reset) -> None:
        heard.add(f"reset {reset.reason}")

    bot.follow(*(channels or ["thread:1"]))
    return bot


def place(path: Path) -> Cursor:
    state = open_state(path)
    try:
        return state.channels()["thread:1"].cursor
    finally:
        state.close()


def refusal(bot: Bot, caplog: pytest.LogCaptureFixture) -> str:
    """The last line of a bot that is run as a program and ends with status 2."""
    caplog.clear()
    with caplog.at_level(logging.ERROR), pytest.raises(SystemExit) as caught:
        bot.run()
    assert caught.value.code == 2
    return caplog.messages[-1]


@pytest.mark.parametrize("channel", ["thread:1", "forum:*"])
async def test_wrong_token(server: FakeServer, state: Path, channel: str, caplog: pytest.LogCaptureFixture) -> None:
    bot = listener(server.url, state, Heard(), channel, token="wrong")
    assert "Make a token (your name > Bots and tokens" in await asyncio.to_thread(run_elsewhere, bot, caplog)
    assert place(state) == Cursor("e1", 1)


def run_elsewhere(bot: Bot, caplog: pytest.LogCaptureFixture) -> str:
    """In a thread, where a loop cannot have signals."""
    bot._run_with_signals = bot.serve  # type: ignore[method-assign]
    return refusal(bot, caplog)


async def test_channel_that_it_may_not_read_keeps_its_place_for_when_it_may(
    server: FakeServer, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.unknown_channels.add("thread:1")
    said = await asyncio.to_thread(run_elsewhere, listener(server.url, state, Heard()), caplog)
    assert said.startswith("thread:1: There is no such channel. Or this account may not read it")
    async with running(listener(server.url, state, Heard(), "thread:1", "thread:2")):
        server.say("two")
    assert place(state) == Cursor("e1", 1)
    server.unknown_channels.clear()
    heard = Heard()
    async with running(listener(server.url, state, heard)):
        assert await heard.until(1) == ["two"]


async def test_state_of_another_server_can_be_told_that_it_has_moved(
    server: FakeServer, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with FakeServer() as other:
        other.say("one")
        said = await asyncio.to_thread(run_elsewhere, listener(other.url, state, Heard()), caplog)
    assert f"belongs to the server {server.url}, and this is {other.url}. Give this bot a file of its own" in said
    assert said.endswith(f"tertulia bot state {state} --moved-to {other.url}")
    assert place(state) == Cursor("e1", 1)


async def test_state_of_another_epoch_resets_and_is_told_why(
    server: FakeServer, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.renew_epoch()
    heard = Heard()
    async with running(listener(server.url, state, heard)):
        assert await heard.until(1) == ["reset epoch"]
        server.say("two")
        await heard.until(2)
    assert heard.items == ["reset epoch", "two"]
    assert "events may have been missed: the server has another log, as after a restored backup" in caplog.text
    assert place(state) == Cursor("e2", 2)


def spoil(path: Path, damage: str) -> bytes:
    whole = path.read_bytes()
    damaged = {
        "words": b"This was written by somebody else.",
        "a page": whole[:4096] + b"\xff" * 4096 + whole[8192:],
        "cut short": whole[:5000],
    }[damage]
    path.write_bytes(damaged)
    return damaged


def is_still(path: Path, content: bytes) -> bool:
    return path.read_bytes() == content


@pytest.mark.parametrize("damage", ["words", "a page", "cut short"])
async def test_corrupt_state_is_left_as_it_is(
    server: FakeServer, state: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = spoil(state, damage)
    said = await asyncio.to_thread(run_elsewhere, listener(server.url, state, Heard()), caplog)
    assert f"The state file {state} cannot be read (" in said
    assert "Put back a copy of it, or move it away" in said
    assert is_still(state, damaged)


async def test_state_that_cannot_be_opened_or_is_in_use(
    server: FakeServer, state: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "bot.db"):
        said = await asyncio.to_thread(run_elsewhere, listener(server.url, path, Heard()), caplog)
        assert "it must be a file, or none yet, in a folder that is there" in said
    async with running(listener(server.url, state, Heard())):
        with pytest.raises(ClientError, match="is in use: this bot runs already"):
            await listener(server.url, state, Heard()).serve()


async def test_server_with_a_newer_protocol(server: FakeServer, state: Path, caplog: pytest.LogCaptureFixture) -> None:
    problem = json.dumps({"code": 4304, "detail": "Offer the subprotocol tertulia.v2.msgpack."}).encode()
    server.faults.handshake_answers.append(b"HTTP/1.1 400 No\r\nContent-Length: %d\r\n\r\n%s" % (len(problem), problem))
    said = await asyncio.to_thread(run_elsewhere, listener(server.url, state, Heard()), caplog)
    assert said.startswith("Offer the subprotocol tertulia.v2.msgpack. This is tertulia ")
    assert said.endswith("pip install --upgrade tertulia.")
    assert place(state) == Cursor("e1", 1)


async def test_guest_is_warned_that_it_cannot_answer(
    server: FakeServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bot = Bot(server.url)
    bot.follow("thread:1")
    async with running(bot):
        pass
    assert "to answer, a bot needs its token" in caplog.text


async def test_state_is_taken_along_by_a_copy(server: FakeServer, state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(state, copy)
    server.say("two")
    heard = Heard()
    bot = listener(server.url, copy, heard)
    task = asyncio.create_task(bot.serve())
    await live(bot)
    await heard.until(1)
    bot.stop()
    await task
    assert heard.items == ["two"]
