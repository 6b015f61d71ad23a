from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import FollowRefused, ServerUnreachable
from tertulia_client.ledger import Ledger
from tertulia_client.load import crowd as module
from tertulia_client.load.crowd import Crowd
from tertulia_client.testing import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


class Seen:
    """A crowd with its ledger and what was told of its events."""

    def __init__(self, server: FakeServer) -> None:
        self.seqs: list[int] = []
        self.ledger = Ledger()
        self.crowd = Crowd(
            parse_address(server.url),
            lambda _: "thread:1",
            ledger=self.ledger,
            clock=time.monotonic,
            on_event=lambda event, *_: self.seqs.append(event.seq),
        )

    async def has(self, count: int) -> None:
        while len(self.seqs) < count:  # noqa: ASYNC110 - a crowd tells nobody when it has heard enough
            await asyncio.sleep(0.005)


async def test_all_readers_hear_all_and_the_books_balance(server: FakeServer) -> None:
    seen = Seen(server)
    await seen.crowd.connect_all(30)
    assert (seen.crowd.connected, seen.crowd.connect_times.count) == (30, 30)
    for text in ("one", "two"):
        server.say(text)
    await seen.has(60)
    balance = seen.ledger.balance()
    assert (balance.expected, balance.received, balance.is_clean) == (60, 60, True)
    await seen.crowd.close()


async def test_readers_that_are_cut_come_back_from_where_they_were(server: FakeServer) -> None:
    seen = Seen(server)
    await seen.crowd.connect_all(5)
    server.say("one")
    await seen.has(5)
    server.cut_all()
    server.say("while away")
    await seen.has(10)
    assert seen.crowd.reconnects == 5
    assert seen.ledger.balance().is_clean
    assert seen.ledger.is_settled
    await seen.crowd.close()


async def test_reset_is_booked(server: FakeServer) -> None:
    seen = Seen(server)
    await seen.crowd.connect_all(2)
    server.epoch = "e2"
    server.cut_all()
    while seen.ledger.balance().resets < 2:  # noqa: ASYNC110 - see above
        await asyncio.sleep(0.005)
    assert not seen.ledger.balance().is_clean
    await seen.crowd.close()


async def test_busy_server_is_tried_again(server: FakeServer) -> None:
    server.faults.handshake_answers = [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"] * 2
    seen = Seen(server)
    await seen.crowd.connect_all(3)
    assert seen.crowd.connected == 3
    await seen.crowd.close()


async def test_refused_readers_end_it_at_once(server: FakeServer) -> None:
    server.unknown_channels.add("thread:1")
    seen = Seen(server)
    with pytest.raises(ExceptionGroup) as caught:
        await seen.crowd.connect_all(3)
    assert caught.group_contains(FollowRefused)
    await seen.crowd.close()


async def test_server_that_is_not_there_ends_it_in_time(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GIVE_UP_S", 0.05)
    await server.stop()
    seen = Seen(server)
    with pytest.raises(ExceptionGroup) as caught:
        await seen.crowd.connect_all(2)
    assert caught.group_contains(ServerUnreachable, match="cannot be connected")
    await seen.crowd.close()


async def test_cut_readers_stay_away_until_they_are_brought_back_and_catch_up(server: FakeServer) -> None:
    seen = Seen(server)
    await seen.crowd.connect_all(4)
    seen.crowd.cut([1, 2])
    server.say("while two are away")
    await seen.has(2)
    assert (seen.crowd.connected, seen.crowd.reconnects) == (2, 0)
    seen.crowd.bring_back([1, 2, 3])
    seen.crowd.cut([1])
    seen.crowd.bring_back([1])  # it is on its way: nobody comes twice
    await seen.has(4)
    assert (seen.crowd.connected, seen.crowd.reconnects) == (4, 2)
    assert seen.crowd.catch_up_times.count == 2
    assert seen.ledger.balance().is_clean
    await seen.crowd.close()


async def test_stalled_reader_hears_nothing_until_it_wakes(server: FakeServer) -> None:
    seen = Seen(server)
    await seen.crowd.connect_all(2)
    seen.crowd.stall([1])
    server.say("one")
    await seen.has(1)
    assert seen.ledger.account(1, "thread:1").received == 0
    seen.crowd.wake([1])
    await seen.has(2)
    assert seen.ledger.balance().is_clean
    await seen.crowd.close()


async def test_readers_come_from_the_given_addresses_by_turns(server: FakeServer) -> None:
    crowd = Crowd(
        parse_address(server.url),
        lambda _: "thread:1",
        ledger=Ledger(),
        clock=time.monotonic,
        on_event=lambda *_: None,
        stamped=frozenset({1}),
        sources=["127.0.0.2", "127.0.0.3"],
    )
    await crowd.connect_all(4)
    peers = [connection._writer.get_extra_info("peername")[0] for connection in server.connections]
    assert sorted(peers) == ["127.0.0.2"] * 2 + ["127.0.0.3"] * 2
    await crowd.close()


async def test_visitor_joins_from_now_and_leaves_for_good(server: FakeServer) -> None:
    seen = Seen(server)
    server.say("before")
    await seen.crowd.join(7)
    server.say("one")
    await seen.has(1)
    seen.crowd.leave(7)
    seen.crowd.leave(8)
    server.say("without it")
    await seen.crowd.join(7)
    server.say("two")
    await seen.has(2)
    assert (seen.seqs, seen.crowd.connected, seen.crowd.reconnects) == ([2, 4], 1, 0)
    balance = seen.ledger.balance()
    assert (balance.expected, balance.received, balance.is_clean) == (2, 2, True)
    await seen.crowd.close()


async def test_visitor_that_leaves_while_it_returns_stays_away(server: FakeServer) -> None:
    seen = Seen(server)
    await seen.crowd.join(1)
    seen.crowd.cut([1])
    seen.crowd.bring_back([1])
    seen.crowd.leave(1)
    await asyncio.sleep(0)
    await seen.crowd.close()
    assert (seen.crowd.connected, server.connection_count) == (0, 1)
