"""The follower over real sockets, against a server that is cut, killed, stalled and drained."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from tertulia_client import notices as n
from tertulia_client.connection import Follower
from tertulia_client.errors import FollowRefused, NotTertulia, ServerUnreachable
from tertulia_client.subscription import Start
from tertulia_client.testing import FakeServer
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

CHANNEL = "thread:1"


class Impatient(random.Random):
    """Jitter that is nearly nothing."""

    def uniform(self, a: float, b: float) -> float:
        return min(b, 0.01)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(20), FakeServer() as server:
        yield server


def follow(server: FakeServer, **options: object) -> Follower:
    return Follower(server.url, rng=Impatient(1), **options)  # type: ignore[arg-type]


async def until(follower: Follower, kind: type[n.Notice]) -> list[n.Notice]:
    """Notices up to the first of this kind."""
    taken: list[n.Notice] = []
    async for notice in follower:
        taken.append(notice)
        if isinstance(notice, kind):
            return taken
    raise AssertionError(f"ended before {kind.__name__}: {taken}")


async def seqs(follower: Follower, count: int) -> list[int]:
    taken = []
    async for notice in follower:
        if isinstance(notice, n.EventReceived):
            taken.append(notice.seq)
            if len(taken) == count:
                break
    return taken


@pytest.mark.parametrize("encoding", list(Encoding))
async def test_follower_receives_events_with_their_cursors(server: FakeServer, encoding: Encoding) -> None:
    async with follow(server, encoding=encoding) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        server.say("hello")
        [event] = await until(follower, n.EventReceived)
        assert isinstance(event, n.EventReceived)
        assert event.cursor == Cursor("e1", 1)
        assert event.data["post"]["text"] == "hello"
        assert follower.is_live


async def test_cut_connection_is_made_anew_and_nothing_is_missing(server: FakeServer) -> None:
    async with follow(server) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        server.say("one")
        assert await seqs(follower, 1) == [1]
        server.cut_all()
        server.say("two")
        server.say("three")
        assert await seqs(follower, 2) == [2, 3]
        assert server.connection_count == 2


async def test_killed_server_is_waited_for(server: FakeServer) -> None:
    async with follow(server) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        await server.stop()
        server.say("while away")
        for _ in range(3):
            await until(follower, n.Disconnected)
        await server.start()
        assert await seqs(follower, 1) == [1]


async def test_follow_and_unfollow_while_connected(server: FakeServer) -> None:
    server.say("one")
    async with follow(server) as follower:
        await until(follower, n.Greeted)
        follower.follow(CHANNEL, Start.BEGINNING)
        assert await seqs(follower, 1) == [1]
        await until(follower, n.ChannelLive)
        follower.unfollow(CHANNEL)
        follower.follow("thread:2")
        await until(follower, n.ChannelLive)
        [connection] = server.connections
        assert set(connection.positions) == {"thread:2"}


async def test_full_queue_stops_the_reading_and_loses_nothing(server: FakeServer) -> None:
    for number in range(300):
        server.say(f"{number} " + "x" * 5000)
    async with follow(server, queue_notices=2) as follower:
        follower.follow(CHANNEL, Start.BEGINNING)
        await until(follower, n.Greeted)
        await asyncio.sleep(0.05)
        assert follower.cursors[CHANNEL].seq < 300
        assert await seqs(follower, 300) == list(range(1, 301))


async def test_silent_server_is_left_and_found_again(server: FakeServer) -> None:
    server.heartbeat_ms = 60
    async with follow(server) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        server.faults.is_stalled = True
        notices = await until(follower, n.Disconnected)
        assert notices[-1] == n.Disconnected("the server does not answer", 0.01)
        server.faults.is_stalled = False
        server.say("after")
        assert await seqs(follower, 1) == [1]


async def test_heartbeat_keeps_an_idle_connection(server: FakeServer) -> None:
    server.heartbeat_ms = 50
    async with follow(server) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        [connection] = server.connections
        await connection.has_received(m.Ping, 3)
        assert server.connection_count == 1


async def test_drained_client_has_its_new_connection_before_it_leaves_the_old(server: FakeServer) -> None:
    async with follow(server) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        server.tell_all(m.Drain(30))
        server.say("during")
        notices = await until(follower, n.ChannelLive)
        assert n.DrainAnnounced(30) in notices
        assert not any(isinstance(notice, n.Disconnected) for notice in notices)
        assert [notice.seq for notice in notices if isinstance(notice, n.EventReceived)] == [1]
        assert server.connection_count == 2
        server.say("after")
        assert await seqs(follower, 1) == [2]


async def test_drained_client_stays_while_nobody_else_takes_it(server: FakeServer) -> None:
    async with follow(server) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        server.faults.handshake_answers.append(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
        server.tell_all(m.Drain(0))
        notices = await until(follower, n.ChannelLive)
        assert not any(isinstance(notice, n.Disconnected) for notice in notices)
        assert server.faults.handshake_answers == []
        server.say("after")
        assert await seqs(follower, 1) == [1]


async def test_client_that_is_drained_and_cut_stays_away_as_long_as_told(server: FakeServer) -> None:
    async with follow(server) as follower:
        await until(follower, n.Greeted)
        server.tell_all(m.Drain(300))
        await until(follower, n.DrainAnnounced)
        server.cut_all()
        [*_, disconnected] = await until(follower, n.Disconnected)
        assert isinstance(disconnected, n.Disconnected)
        assert 0.05 < disconnected.retry_s <= 0.3
        await until(follower, n.Greeted)


async def test_consumer_that_is_slow_does_not_make_the_server_look_dead(server: FakeServer) -> None:
    server.heartbeat_ms = 50
    for number in range(10):
        server.say(str(number))
    async with follow(server, queue_notices=2) as follower:
        follower.follow(CHANNEL, Start.BEGINNING)
        await until(follower, n.Greeted)
        await asyncio.sleep(0.25)
        assert await seqs(follower, 10) == list(range(1, 11))
        assert server.connection_count == 1


async def test_malformed_message_ends_the_connection_not_the_following(server: FakeServer) -> None:
    async with follow(server) as follower:
        follower.follow(CHANNEL)
        await until(follower, n.ChannelLive)
        [connection] = server.connections
        connection.send_raw(b"\xc1")
        notices = await until(follower, n.Disconnected)
        assert notices[-1] == n.Disconnected("malformed message", 0.01)
        await until(follower, n.ChannelLive)


async def test_server_that_turns_away_tells_the_wait(server: FakeServer) -> None:
    async with follow(server) as follower:
        await until(follower, n.Greeted)
        [connection] = server.connections
        connection.send(m.Error(None, Code.OVERLOADED, "busy", 40))
        connection.close(Code.OVERLOADED, "busy")
        notices = await until(follower, n.Disconnected)
        assert notices[-1] == n.Disconnected("the server closed the connection (4002 busy)", 0.05)


async def test_close_code_that_says_give_up_ends_it(server: FakeServer) -> None:
    async with follow(server) as follower:
        await until(follower, n.Greeted)
        [connection] = server.connections
        connection.close(Code.BANNED, "This account is banned.")
        with pytest.raises(FollowRefused, match="banned"):
            await until(follower, n.ChannelLive)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", FollowRefused),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", NotTertulia),
        (b"HTTP/1.1 200 Ok\r\nContent-Length: 0\r\n\r\n", NotTertulia),
        (b"220 mail.example ESMTP\r\n", NotTertulia),
    ],
)
async def test_server_that_will_not_do_raises(server: FakeServer, answer: bytes, error: type[Exception]) -> None:
    server.faults.handshake_answers.append(answer)
    async with follow(server) as follower:
        with pytest.raises(error):
            await until(follower, n.Greeted)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n", b""])
async def test_server_that_may_do_later_is_tried_again(server: FakeServer, answer: bytes) -> None:
    server.faults.handshake_answers.append(answer)
    async with follow(server) as follower:
        notices = await until(follower, n.Greeted)
        assert isinstance(notices[0], n.Disconnected)


async def test_first_try_may_fail_only_for_those_who_wait(server: FakeServer) -> None:
    await server.stop()
    async with follow(server, wait_for_server=False) as follower:
        with pytest.raises(ServerUnreachable, match="nobody listens there"):
            await until(follower, n.Greeted)


async def test_close_ends_the_iteration(server: FakeServer) -> None:
    async with follow(server) as follower:
        await until(follower, n.Greeted)
        await follower.close()
        assert [notice async for notice in follower] == []
