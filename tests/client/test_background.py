from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tertulia_client import notices as n
from tertulia_client.address import parse_address
from tertulia_client.background import BackgroundFollower
from tertulia_client.errors import FollowRefused
from tertulia_client.subscription import ChannelState, Start
from tertulia_client.testing import FakeServer
from tertulia_wire.messages import Ping


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(20), FakeServer() as server:
        yield server


@pytest.fixture
async def follower(server: FakeServer) -> AsyncIterator[BackgroundFollower]:
    follower = BackgroundFollower(parse_address(server.url), token="t")
    follower.follow("thread:1", Start.BEGINNING)
    await asyncio.to_thread(follower.start)
    yield follower
    await asyncio.to_thread(follower.close)


async def until(follower: BackgroundFollower, kind: type[n.Notice], count: int = 1) -> list[n.Notice]:
    """All notices up to so many of a kind."""
    taken: list[n.Notice] = []
    while sum(isinstance(notice, kind) for notice in taken) < count:
        taken += await follower.take()
    return taken


async def test_events_come_over_from_the_other_thread(server: FakeServer, follower: BackgroundFollower) -> None:
    for text in ("one", "two"):
        server.say(text)
    notices = await until(follower, n.EventReceived, 2)
    assert [notice.seq for notice in notices if isinstance(notice, n.EventReceived)] == [1, 2]
    follower.follow("thread:2")
    while follower.channels.get("thread:2") is not ChannelState.LIVE:
        await follower.take()
    assert follower.channels == {"thread:1": ChannelState.LIVE, "thread:2": ChannelState.LIVE}
    assert (follower.is_connected, follower.is_live, follower.is_deaf) == (True, True, False)
    follower.unfollow("thread:2")
    server.say("three")
    await until(follower, n.EventReceived)
    assert list(follower.channels) == ["thread:1"]


async def test_line_lives_while_its_user_blocks(server: FakeServer) -> None:
    """The server is in a loop of its own here, so that it can hear while this one stands still."""
    server.heartbeat_ms = 50
    follower = BackgroundFollower(parse_address(server.url))
    follower.follow("thread:1")
    await asyncio.to_thread(follower.start)
    await until(follower, n.ChannelLive)
    [connection] = server.connections
    deadline = asyncio.create_task(connection.has_received(Ping, 3))
    await asyncio.to_thread(time.sleep, 0.2)
    await deadline
    assert server.connection_count == 1
    await asyncio.to_thread(follower.close)


async def test_refusal_comes_after_what_came_before(server: FakeServer) -> None:
    server.faults.handshake_answers.append(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
    follower = BackgroundFollower(parse_address(server.url))
    await asyncio.to_thread(follower.start)
    with pytest.raises(FollowRefused):
        await until(follower, n.Greeted)
    await asyncio.to_thread(follower.close)


async def test_work_beside_runs_in_the_same_loop_and_is_ended(server: FakeServer) -> None:
    seen: list[str] = []

    async def beside() -> None:
        seen.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")

    follower = BackgroundFollower(parse_address(server.url), beside=beside)
    await asyncio.to_thread(follower.start)
    await until(follower, n.Greeted)
    await asyncio.to_thread(follower.close)
    assert seen == ["began", "ended"]
    assert await follower.take() == []


def test_nothing_runs_before_the_start() -> None:
    follower = BackgroundFollower(parse_address("http://127.0.0.1:1"))
    assert (follower.is_connected, follower.channels, follower.waiting_count) == (False, {}, 0)
    follower.close()
