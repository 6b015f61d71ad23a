"""What every broker promises to its worker. A new engine joins by a line in ``ENGINES``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import pytest

from tertulia_server.broker.opening import open_broker
from tertulia_server.broker.port import Broker, BrokerState, Publication
from tests.processes import RedisServer

CHANNEL: Final = "thread:1"

Url = Callable[[pytest.FixtureRequest], str]


def redis_url(request: pytest.FixtureRequest) -> str:
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


ENGINES: Final[dict[str, Url]] = {"memory": lambda _: "memory://", "redis": redis_url}


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest) -> str:
    return ENGINES[request.param](request)


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
        while worker.broker.state is not BrokerState.CONNECTED:  # noqa: ASYNC110 - the port has a state, no event
            await asyncio.sleep(0.01)


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
