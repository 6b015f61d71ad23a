"""What every broker promises to its worker. A new engine joins by a line in ``ENGINES``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from programs import OPENSSL, REDIS
from tertulia_server.broker.opening import open_broker
from tertulia_server.broker.port import Broker, BrokerState, Publication
from tests.needs import need
from tests.processes import RedisServer
from tests.redis_servers import Certificates, RedisCluster, SentinelSet, TlsRedisServer

CHANNEL: Final = "thread:1"

Start = Callable[[Path, ExitStack], str]
"""Starts what an engine needs, in a folder; its URL."""


def one_redis(folder: Path, stack: ExitStack) -> str:
    return _started(RedisServer(need(REDIS), folder), stack).url


def redis_on_a_socket(folder: Path, stack: ExitStack) -> str:
    _started(RedisServer(need(REDIS), folder, "--unixsocket", str(folder / "redis.sock")), stack)
    return f"unix://{folder / 'redis.sock'}?db=1"


def redis_over_tls(folder: Path, stack: ExitStack) -> str:
    return _started(TlsRedisServer(need(REDIS), folder, Certificates(need(OPENSSL), folder)), stack).url


def redis_with_sentinel(folder: Path, stack: ExitStack) -> str:
    servers = SentinelSet(need(REDIS), folder, sentinel_count=1)
    servers.start(stack)
    return servers.url


def redis_cluster(folder: Path, stack: ExitStack) -> str:
    servers = RedisCluster(need(REDIS), folder)
    servers.start(stack)
    return servers.url


def _started(server: RedisServer, stack: ExitStack) -> RedisServer:
    stack.callback(server.close)
    server.start()
    return server


ENGINES: Final[dict[str, Start]] = {
    "memory": lambda _, __: "memory://",
    "redis": one_redis,
    "redis on a socket": redis_on_a_socket,
    "redis over TLS": redis_over_tls,
    "redis with Sentinel": redis_with_sentinel,
    "redis cluster": redis_cluster,
}


@pytest.fixture(scope="module", params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of servers that run for all tests of an engine; none of them keeps anything."""
    with ExitStack() as stack:
        yield ENGINES[request.param](tmp_path_factory.mktemp("redis"), stack)


class Worker:
    """What a broker delivers to."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.received: list[Publication] = []


@asynccontextmanager
async def started(url: str) -> AsyncIterator[Worker]:
    broker = open_broker(url)
    worker = Worker(broker)
    await broker.start(worker.received.append, lambda: None)
    try:
        yield worker
    finally:
        await broker.close()


def publication(seq: int = 1, channel: str = CHANNEL) -> Publication:
    return Publication(channel, "e1", seq, "post.created", 7, b"\x00payload\n with a line")


async def test_own_worker_hears_in_the_same_call(url: str) -> None:
    async with started(url) as worker:
        worker.broker.follow(CHANNEL)
        worker.broker.publish([publication(1), publication(2)])
        assert worker.received == [publication(1), publication(2)]


async def test_only_followed_channels_are_heard(url: str) -> None:
    async with started(url) as worker:
        worker.broker.follow(CHANNEL)
        worker.broker.publish([publication(channel="thread:2"), publication()])
        assert worker.received == [publication()]


async def test_channel_that_was_left_is_not_heard(url: str) -> None:
    async with started(url) as worker:
        worker.broker.follow(CHANNEL)
        worker.broker.unfollow(CHANNEL)
        worker.broker.unfollow("thread:9")
        worker.broker.publish([publication()])
        assert worker.received == []


async def test_channel_may_be_followed_again(url: str) -> None:
    async with started(url) as worker:
        for _ in range(2):
            worker.broker.follow(CHANNEL)
            worker.broker.unfollow(CHANNEL)
        worker.broker.follow(CHANNEL)
        worker.broker.publish([publication()])
        assert worker.received == [publication()]


async def test_broker_becomes_connected(url: str) -> None:
    async with started(url) as worker, asyncio.timeout(10):
        while worker.broker.state is not BrokerState.CONNECTED:
            assert worker.broker.reason
            await asyncio.sleep(0.01)
        assert worker.broker.reason == ""


async def test_counts_begin_at_nothing_and_never_go_down(url: str) -> None:
    async with started(url) as worker:
        broker = worker.broker
        assert _counts(broker) == (0, 0, 0, 0)
        broker.follow(CHANNEL)
        for seq in range(1, 20):
            before = _counts(broker)
            broker.publish([publication(seq), publication(channel="thread:2")])
            await asyncio.sleep(0)
            assert all(now >= then for now, then in zip(_counts(broker), before, strict=True))


def _counts(broker: Broker) -> tuple[int, ...]:
    return broker.published_count, broker.dropped_count, broker.received_count, broker.reconnect_count


async def test_nothing_is_heard_before_the_start_or_after_the_end(url: str) -> None:
    broker = open_broker(url)
    received: list[Publication] = []
    broker.follow(CHANNEL)
    broker.publish([publication(1)])
    await broker.start(received.append, lambda: None)
    await broker.close()
    broker.publish([publication(2)])
    await broker.close()
    assert received == []
