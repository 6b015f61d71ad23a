"""Two workers and a real redis-server: what gets across, and what is noticed when it does not."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from tertulia_server.broker import redis as module
from tertulia_server.broker.parcels import partition_of
from tertulia_server.broker.port import BrokerState, Publication
from tertulia_server.broker.redis import RedisBroker
from tests.processes import RedisServer

LIMIT_S = 15.0


def publication(seq: int = 1, channel: str = "thread:1") -> Publication:
    return Publication(channel, "e1", seq, "post.created", 7, b"payload")


class Worker:
    """A broker, and a way to wait for what it says."""

    def __init__(self, url: str) -> None:
        self.broker = RedisBroker(url)
        self.received: list[Publication] = []
        self.gap_count = 0
        self._changed = asyncio.Event()

    def _receive(self, item: Publication) -> None:
        self.received.append(item)
        self._changed.set()

    def _note_gap(self) -> None:
        self.gap_count += 1
        self._changed.set()

    async def start(self) -> None:
        await self.broker.start(self._receive, self._note_gap)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; the broker's own notices wake us, and its state is looked at in between."""
        async with asyncio.timeout(LIMIT_S):
            while not is_so():
                self._changed.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._changed.wait()
                except TimeoutError:
                    pass

    async def until_connected(self) -> None:
        await self.until(lambda: self.broker.state is BrokerState.CONNECTED)

    async def until_it_hears(self, speaker: Worker, seq: int) -> None:
        """Publish until one gets through: pub/sub may lose those before."""
        wanted = publication(seq)

        def try_again() -> bool:
            if wanted in self.received:
                return True
            speaker.broker.publish([wanted])
            return False

        await self.until(try_again)


@asynccontextmanager
async def workers(url: str) -> AsyncIterator[tuple[Worker, Worker]]:
    first, second = Worker(url), Worker(url)
    try:
        for worker in (first, second):
            await worker.start()
            worker.broker.follow("thread:1")
        for worker in (first, second):
            await worker.until_connected()
        await second.until_it_hears(first, 1_000_000)
        second.received.clear()
        first.received.clear()
        yield first, second
    finally:
        await first.broker.close()
        await second.broker.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.5)
    monkeypatch.setattr(module, "PROBE_INTERVAL_S", 0.1)
    monkeypatch.setattr(module, "LAST_RETRY_S", 0.2)


async def cut_pubsub(url: str) -> None:
    async with Redis.from_url(url) as client:
        await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


async def subscribed_names(client: Redis) -> list[bytes]:
    names: list[bytes] = await client.execute_command("PUBSUB", "CHANNELS")
    return names


async def test_publication_reaches_the_other_worker_as_it_was(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        first.broker.publish([publication(1), publication(2)])
        await second.until(lambda: len(second.received) == 2)
        assert second.received == [publication(1), publication(2)]


async def test_worker_hears_its_own_publication_once(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        first.broker.publish([publication(1)])
        await second.until(lambda: len(second.received) == 1)
        second.broker.publish([publication(2)])
        await first.until(lambda: publication(2) in first.received)
        assert first.received == [publication(1), publication(2)]


async def test_other_channels_of_a_partition_are_not_heard(redis_server: RedisServer) -> None:
    neighbour = next(
        f"thread:{number}"
        for number in range(2, 10_000)
        if partition_of(f"thread:{number}") == partition_of("thread:1")
    )
    async with workers(redis_server.url) as (first, second):
        first.broker.publish([publication(1, neighbour), publication(2)])
        await second.until(lambda: bool(second.received))
        assert second.received == [publication(2)]


async def test_forums_on_two_databases_of_one_redis_do_not_hear_each_other(redis_server: RedisServer) -> None:
    other = Worker(redis_server.url.replace("/0", "/1"))
    await other.start()
    other.broker.follow("thread:1")
    await other.until_connected()
    async with workers(redis_server.url) as (first, second):
        first.broker.publish([publication(1)])
        await second.until(lambda: bool(second.received))
        assert other.received == []
    await other.broker.close()


async def test_cut_pubsub_connection_is_a_gap_and_is_made_anew(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        gap_count = second.gap_count
        await cut_pubsub(redis_server.url)
        await second.until(lambda: second.gap_count > gap_count)
        await second.until_it_hears(first, 2)


async def test_confirmation_that_nobody_asked_for_is_a_gap(redis_server: RedisServer) -> None:
    """A reconnect inside the client library shows in nothing else."""
    async with workers(redis_server.url) as (_, second):
        gap_count = second.gap_count
        pubsub = second.broker._hearing.pubsub()
        await pubsub.subscribe("tertulia:0:1")
        hearing = asyncio.create_task(second.broker._hear(pubsub))
        await second.until(lambda: second.gap_count > gap_count)
        hearing.cancel()
        await asyncio.wait([hearing])
        await pubsub.aclose()  # type: ignore[no-untyped-call]


async def test_publish_without_redis_reaches_the_own_worker_and_does_not_raise(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        redis_server.kill()
        await first.until(lambda: first.broker.state is BrokerState.AWAY)
        first.broker.publish([publication(1)])
        assert first.received == [publication(1)]
        assert second.received == []


async def test_redis_that_comes_back_empty_is_used_again(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        redis_server.kill()
        for worker in (first, second):
            await worker.until(lambda worker=worker: worker.broker.state is BrokerState.AWAY)  # type: ignore[misc]
        gap_count = second.gap_count
        redis_server.start()
        for worker in (first, second):
            await worker.until_connected()
        assert second.gap_count > gap_count
        await second.until_it_hears(first, 3)


async def test_redis_that_is_not_there_at_the_start_is_waited_for(redis_server: RedisServer) -> None:
    redis_server.kill()
    worker = Worker(redis_server.url)
    await worker.start()
    assert worker.broker.state is BrokerState.AWAY
    redis_server.start()
    await worker.until_connected()
    await worker.broker.close()


async def test_redis_that_hangs_is_not_called_connected(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, _):
        redis_server.signal(signal.SIGSTOP)
        await first.until(lambda: first.broker.state is not BrokerState.CONNECTED)
        redis_server.signal(signal.SIGCONT)
        await first.until_connected()


async def test_worker_that_no_longer_hears_itself_is_deaf(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workers(redis_server.url) as (first, _):
        gap_count = first.gap_count
        with monkeypatch.context() as patched:
            patched.setattr(first.broker, "_take", lambda message: None)
            await first.until(lambda: first.broker.state is BrokerState.DEAF)
            assert first.gap_count > gap_count
        await first.until_connected()


async def test_unreadable_message_is_a_gap(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (_, second):
        gap_count = second.gap_count
        async with Redis.from_url(redis_server.url) as client:
            await client.publish(f"tertulia:0:{partition_of('thread:1')}", b"who knows")
        await second.until(lambda: second.gap_count > gap_count)
        assert second.received == []


async def test_partition_without_readers_is_left_lazily(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNSUBSCRIBE_EVERY_S", 0.05)
    async with workers(redis_server.url) as (first, second), Redis.from_url(redis_server.url) as client:
        for worker in (first, second):
            worker.broker.unfollow("thread:1")
        async with asyncio.timeout(LIMIT_S):
            while any(b"probe" not in name for name in await subscribed_names(client)):  # noqa: ASYNC110 - Redis knows
                await asyncio.sleep(0.02)
        second.broker.follow("thread:1")
        await second.until_it_hears(first, 2)


async def test_what_waits_for_redis_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_QUEUED_BYTES", 1000)
    broker = RedisBroker("redis://127.0.0.1:1/0")
    for seq in range(1, 200):
        broker.publish([publication(seq)])
    assert 0 < broker._queued_bytes <= 1000
    assert broker._queued_bytes == sum(len(parcel) for _, parcel in broker._queue)
    await broker.close()
