"""One file of a bot, run under each fault that the fake server has: every post has one answer, in order."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tertulia_client.bots.health import BotState
from tertulia_client.testing import FakeServer, Lives, load_bot
from tertulia_wire import messages as m
from tertulia_wire.codes import Code
from tests.processes import free_port

BOT_FILE: Final = Path(__file__).parents[2] / "counting_bot.py"
BUSY: Final = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
HEARTBEAT_MS: Final = 100


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(60), FakeServer() as server:
        server.heartbeat_ms = HEARTBEAT_MS
        yield server


@pytest.fixture
async def lives(server: FakeServer, tmp_path: Path) -> AsyncIterator[Lives]:
    async with Lives(lambda: load_bot(BOT_FILE), server, state=tmp_path / "bot.db") as lives:
        yield lives


def say(server: FakeServer, *texts: str) -> None:
    for text in texts or ("one", "two", "three"):
        server.say(text)


def lose(server: FakeServer) -> None:
    server.faults.lose_seq = 1
    say(server)


def double(server: FakeServer) -> None:
    server.faults.double_seq = 2
    say(server)


def swap(server: FakeServer) -> None:
    server.faults.swap_seq = 1
    say(server)


def cut(server: FakeServer) -> None:
    server.cut_all()
    say(server)


def cut_and_refuse(server: FakeServer) -> None:
    server.faults.handshake_answers += [BUSY] * 2
    cut(server)


def half_open(server: FakeServer) -> None:
    server.deaden_all()
    say(server)


def leave_writes_unanswered(server: FakeServer) -> None:
    server.faults.drop_api_answers = 2
    say(server)


def be_busy(server: FakeServer) -> None:
    server.faults.api_answers += [(503, {"code": int(Code.OVERLOADED)})] * 2
    say(server)


def drain(server: FakeServer) -> None:
    server.tell_all(m.Drain(20))
    say(server)


def kill_before_an_answer(server: FakeServer) -> None:
    server.faults.kill_before_writes = 2
    say(server)


def kill_between_answer_and_place(server: FakeServer) -> None:
    server.faults.kill_after_writes = 2
    say(server)


FAULTS: Final = [
    lose, double, swap, cut, cut_and_refuse, half_open, leave_writes_unanswered, be_busy, drain,
    kill_before_an_answer, kill_between_answer_and_place,
]  # fmt: skip


def assert_each_is_answered(server: FakeServer) -> None:
    asked = [post["number"] for post in server.posts if not post["author"]["is_bot"]]
    answers = [post["text"] for post in server.posts if post["author"]["is_bot"]]
    assert answers == [f"number {number}" for number in asked]


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_post_has_one_answer_in_order_whatever_goes_wrong(
    server: FakeServer, lives: Lives, fault: Callable[[FakeServer], None]
) -> None:
    fault(server)
    await lives.settle()
    server.say("and afterwards")
    await lives.settle()
    assert_each_is_answered(server)
    assert lives.count == 1 + fault.__name__.startswith("kill")


async def test_server_that_hangs_or_dies_is_waited_out(server: FakeServer, lives: Lives) -> None:
    server.faults.is_stalled = True
    say(server)
    while lives.bot.health.figures.disconnects == 0:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.005)
    server.faults.is_stalled = False
    await lives.settle()
    await server.stop()
    say(server)
    await server.start()
    await lives.settle()
    assert_each_is_answered(server)


async def test_another_log_is_gone_on_with(server: FakeServer, lives: Lives) -> None:
    say(server)
    await lives.settle()
    server.renew_epoch()
    await lives.settle()
    assert lives.bot.health.figures.resets == 1
    say(server)
    await lives.settle()
    assert_each_is_answered(server)


@pytest.mark.parametrize("blocked_s", [1.5, pytest.param(3.0, marks=pytest.mark.long)])
async def test_handler_that_blocks_is_named_with_its_stack_and_the_line_lives(
    server: FakeServer, tmp_path: Path, blocked_s: float
) -> None:
    port = free_port()
    variables = {"TERTULIA_URL": server.url, "TERTULIA_TOKEN": "t", "BOT_HEALTH_PORT": str(port)}
    bot = await asyncio.create_subprocess_exec(
        sys.executable, BOT_FILE, env=variables | {"BOT_STATE": str(tmp_path / "bot.db")}, stderr=PIPE
    )
    assert bot.stderr is not None
    try:
        await reads(bot.stderr, "is live")
        [connection] = server.connections
        server.say(f"block for {blocked_s:g} s")
        complaint = await reads(bot.stderr, "blocks the loop")
        pings = sum(isinstance(one, m.Ping) for one in connection.received)
        await connection.has_received(m.Ping, pings + 3)
        assert server.texts == [f"block for {blocked_s:g} s"]  # it still stands there
        async with httpx2.AsyncClient(trust_env=False) as client:
            health = json.loads((await client.get(f"http://127.0.0.1:{port}/healthz")).text)
        assert (health["state"], health["blocked"]) == (BotState.LIVE.value, 1)
        stack = await reads(bot.stderr, "time.sleep(")
        assert "count blocks the loop" in complaint
        assert "in count\n" in stack
        await server.has_posts(2)
        assert server.texts[-1] == "number 1"
        assert server.connection_count == 1
    finally:
        bot.terminate()
        await bot.wait()


async def reads(stream: asyncio.StreamReader, words: str) -> str:
    """All lines up to the one with these words."""
    lines: list[str] = []
    while not lines or words not in lines[-1]:
        line = await stream.readline()
        assert line, f"it ended before it said {words!r}"
        lines.append(line.decode())
    return "".join(lines)
