"""One link by itself. What it does under real faults: test_redis_faults.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from tertulia_server.broker.addresses import Access, Address
from tertulia_server.broker.line import LineError
from tertulia_server.broker.link import NOT_YET, Link, LinkOwner
from tertulia_server.broker.names import Names, plain_names, sharded_names
from tertulia_server.broker.port import BrokerState
from tests.processes import RedisServer
from tests.server.broker.pair import LIMIT_S, QUICK


class Owner:
    """What a link tells."""

    def __init__(self) -> None:
        self.parcels: list[bytes] = []
        self.confirmed_count = 0
        self.news = asyncio.Event()
        self.link: Link

    def take(self, parcel: bytes) -> None:
        self.parcels.append(parcel)
        self.news.set()

    def note_confirmed(self) -> None:
        self.confirmed_count += 1
        self.news.set()

    async def wait(self) -> None:
        self.news.clear()
        async with asyncio.timeout(LIMIT_S):
            await self.news.wait()

    async def until_connected(self) -> None:
        while self.link.state is not BrokerState.CONNECTED:
            await self.wait()


@asynccontextmanager
async def started(port: int, names: Names, *partitions: int) -> AsyncIterator[Owner]:
    owner = Owner()
    telling = LinkOwner(owner.take, owner.news.set, owner.note_confirmed)
    owner.link = Link(Address("127.0.0.1", port), Access(), names, frozenset(range(64)), "some-worker", telling, QUICK)
    assert (owner.link.state, owner.link.reason) == (BrokerState.AWAY, NOT_YET)
    owner.link.want(partitions)
    owner.link.start()
    try:
        yield owner
    finally:
        await owner.link.close()


async def test_says_and_hears(redis_server: RedisServer) -> None:
    async with started(redis_server.port, plain_names(0), 5) as owner:
        await owner.until_connected()
        owner.link.speaker.publish(5, b"parcel")
        await owner.wait()
        assert owner.parcels == [b"parcel"]
        assert owner.confirmed_count == 0


async def test_more_is_wanted_and_less(redis_server: RedisServer) -> None:
    async with started(redis_server.port, plain_names(0), 5) as owner:
        await owner.until_connected()
        owner.link.want([6])
        owner.link.want([7])
        while owner.confirmed_count < 1:
            await owner.wait()
        owner.link.leave([5, 60])
        owner.link.speaker.publish(5, b"for nobody")
        owner.link.speaker.publish(7, b"parcel")
        await owner.wait()
        assert (owner.parcels, owner.confirmed_count) == ([b"parcel"], 1)


async def test_what_waits_is_said_before_it_closes(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as client, client.pubsub() as pubsub:
        await pubsub.subscribe("tertulia:0:5")
        await pubsub.get_message(timeout=LIMIT_S)
        async with started(redis_server.port, plain_names(0)) as owner:
            await owner.until_connected()
            owner.link.speaker.publish(5, b"last words")
        message = await pubsub.get_message(timeout=LIMIT_S)
        assert message is not None
        assert message["data"] == b"last words"


async def test_what_never_was_said_is_counted() -> None:
    async with started(1, plain_names(0)) as owner:
        owner.link.speaker.publish(5, b"parcel")
        assert owner.link.dropped_count == 0
    assert (owner.link.dropped_count, owner.link.published_count) == (1, 0)


async def test_redis_too_old_for_sharded_pubsub_is_told(redis_server: RedisServer) -> None:
    """Without the command a newer Redis answers like an older one."""
    redis_server.close()
    redis_server.command += ["--rename-command", "SSUBSCRIBE", ""]
    redis_server.start()
    async with started(redis_server.port, sharded_names(), 5) as owner:
        while "needs Redis 7 or newer" not in owner.link.reason:
            await owner.wait()
        assert owner.link.state is BrokerState.AWAY


async def test_mistake_of_ours_is_logged_and_tried_again(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(redis_server.port, plain_names(0), 5) as owner:
        with monkeypatch.context() as patched:
            patched.setattr(owner.link, "_connect", lambda lines: 1 / 0)
            while "ZeroDivisionError" not in owner.link.reason:
                await owner.wait()
        await owner.until_connected()


async def test_reason_names_the_server_and_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*words: object) -> None:
        raise LineError("Redis refuses AUTH: WRONGPASS")

    monkeypatch.setattr("tertulia_server.broker.link.open_line", refuse)
    async with started(6380, plain_names(0)) as owner:
        await owner.wait()
        assert owner.link.reason == "127.0.0.1:6380: Redis refuses AUTH: WRONGPASS"
