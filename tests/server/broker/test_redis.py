"""Two workers and a real redis-server: what gets across, and what it costs Redis. Faults: test_redis_faults.py."""

from __future__ import annotations

import asyncio
import dataclasses
import functools

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from tertulia_server.broker import redis as module
from tertulia_server.broker.layouts import Layout
from tertulia_server.broker.parcels import PARTITION_COUNT, partition_of, unwrap, wrap
from tertulia_server.broker.port import BrokerState, Publication
from tests.processes import RedisServer
from tests.server.broker.pair import (
    CHANNEL,
    LIMIT_S,
    QUICK,
    Worker,
    channel_of_partition,
    publication,
    workers,
)

NEIGHBOUR = channel_of_partition(partition_of(CHANNEL), besides=CHANNEL)


async def subscribed_names(client: Redis) -> list[bytes]:
    names: list[bytes] = await client.execute_command("PUBSUB", "CHANNELS")
    return [name for name in names if b"probe" not in name]


async def nothing_on_the_way(url: str, *workers: Worker) -> None:
    """Wait until what they published has come back to them too: a stranger's parcel comes after all of it."""
    last = publication(999_999)
    async with Redis.from_url(url) as client:
        await client.publish(f"tertulia:0:{partition_of(CHANNEL)}", wrap(last, "stranger"))
    for worker in workers:
        await worker.until(functools.partial(worker.received.__contains__, last))
        worker.received.clear()


async def calls_of(client: Redis, command: str) -> int:
    stats = await client.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])


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
    async with workers(redis_server.url) as (first, second):
        first.broker.publish([publication(1, NEIGHBOUR), publication(2)])
        await second.until(lambda: bool(second.received))
        assert second.received == [publication(2)]


async def test_forums_on_two_databases_of_one_redis_do_not_hear_each_other(redis_server: RedisServer) -> None:
    other = Worker(redis_server.url.replace("/0", "/1"))
    await other.start()
    other.broker.follow(CHANNEL)
    await other.until_connected()
    async with workers(redis_server.url) as (first, second):
        first.broker.publish([publication(1)])
        await second.until(lambda: bool(second.received))
        assert other.received == []
    await other.broker.close()


async def test_one_gap_when_it_becomes_connected_and_one_when_a_subscription_comes_into_force(
    redis_server: RedisServer,
) -> None:
    worker = Worker(redis_server.url)
    await worker.start()
    worker.broker.follow(CHANNEL)
    await worker.until_connected()
    assert worker.states_at_gaps == [BrokerState.CONNECTED]
    for number in range(500):
        worker.broker.follow(f"member:{number}")
    await worker.until(lambda: len(worker.states_at_gaps) == 2)
    await worker.until_it_hears(worker)
    assert len(worker.states_at_gaps) == 2
    await worker.broker.close()


async def test_unreadable_message_is_a_gap_and_a_flood_of_them_one_line(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second), Redis.from_url(redis_server.url) as client:
        with capture_logs() as logs:
            for _ in range(20):
                await client.publish(f"tertulia:0:{partition_of(CHANNEL)}", b"who knows")
            await second.until(lambda: len(second.states_at_gaps) == 20)
            await first.until(lambda: len(first.states_at_gaps) == 20)
        assert second.received == []
        assert len([line for line in logs if line["event"] == "parcel_unreadable"]) == 2


async def test_parcel_of_a_channel_that_nobody_follows_is_not_decoded(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Publication] = []

    def spy(parcel: bytes) -> Publication:
        decoded.append(unwrap(parcel))
        return decoded[-1]

    async with workers(redis_server.url) as (first, second):
        await nothing_on_the_way(redis_server.url, second)
        monkeypatch.setattr(module, "unwrap", spy)
        before = second.broker.received_count
        first.broker.publish([publication(seq, NEIGHBOUR) for seq in range(1, 11)])
        first.broker.publish([publication(1)])
        await second.until(lambda: bool(second.received))
        assert second.broker.received_count - before == 11
        assert decoded == [publication(1)]


async def test_counts_say_what_went_out_and_came_in(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        await nothing_on_the_way(redis_server.url, first, second)
        published, received = first.broker.published_count, second.broker.received_count
        first.broker.publish([publication(seq) for seq in range(1, 301)])
        await second.until(lambda: len(second.received) == 300)
        await first.until(lambda: first.broker.published_count - published == 300)
        assert second.broker.received_count - received == 300
        assert (first.broker.dropped_count, first.broker.reconnect_count) == (0, 0)


async def test_what_is_published_in_one_turn_is_one_write(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workers(redis_server.url) as (first, second):
        link = first.broker._route[partition_of(CHANNEL)]
        assert link is not None
        assert link.speaker._line is not None
        writes: list[bytes] = []
        original = link.speaker._line.write

        def spy(data: bytes) -> None:
            writes.append(data)
            original(data)

        monkeypatch.setattr(link.speaker._line, "write", spy)
        for seq in range(1, 101):
            first.broker.publish([publication(seq)])
        assert writes == []
        await second.until(lambda: len(second.received) == 100)
        assert len([data for data in writes if b"payload" in data]) == 1


async def test_readers_who_come_and_go_in_a_burst_cost_redis_a_bounded_number_of_commands(
    redis_server: RedisServer,
) -> None:
    async with workers(redis_server.url) as (_, second), Redis.from_url(redis_server.url) as client:
        await client.config_resetstat()
        for number in range(10_000):
            second.broker.follow(f"thread:{number % 2_000}")
            second.broker.unfollow(f"thread:{(number - 5) % 2_000}")
        second.broker.follow(NEIGHBOUR)
        async with asyncio.timeout(LIMIT_S):
            while len(await subscribed_names(client)) < PARTITION_COUNT:  # noqa: ASYNC110 - Redis knows
                await asyncio.sleep(0.01)
        assert await calls_of(client, "subscribe") == 1
        assert await calls_of(client, "unsubscribe") == 0


async def test_partitions_without_readers_are_left_together_and_lazily(redis_server: RedisServer) -> None:
    timing = dataclasses.replace(QUICK, unsubscribe_after_s=0.05)
    channels = [channel_of_partition(partition) for partition in range(10)]
    async with (
        workers(redis_server.url, timing, channels=channels) as (first, second),
        Redis.from_url(redis_server.url) as client,
    ):
        await client.config_resetstat()
        for worker in (first, second):
            for channel in channels:
                worker.broker.unfollow(channel)
        async with asyncio.timeout(LIMIT_S):
            while await subscribed_names(client):  # noqa: ASYNC110 - Redis knows
                await asyncio.sleep(0.01)
        assert await calls_of(client, "unsubscribe") == 2
        second.broker.follow(channels[3])
        await second.until_it_hears(first, channels[3])


async def test_reader_who_comes_back_in_time_keeps_the_subscription(redis_server: RedisServer) -> None:
    timing = dataclasses.replace(QUICK, unsubscribe_after_s=0.05)
    async with workers(redis_server.url, timing) as (first, second), Redis.from_url(redis_server.url) as client:
        second.broker.unfollow(CHANNEL)
        second.broker.follow(NEIGHBOUR)
        second.broker._tidy()
        assert await subscribed_names(client) == [b"tertulia:0:%d" % partition_of(CHANNEL)]
        await second.until_it_hears(first, NEIGHBOUR)


async def test_publication_before_anybody_is_in_charge_is_counted_as_dropped() -> None:
    worker = Worker("redis://127.0.0.1:1/0")
    worker.broker.publish([publication(1)])
    assert worker.broker.dropped_count == 1
    await worker.broker.close()


async def test_closes_even_if_a_cancellation_is_swallowed() -> None:
    """As `asyncio.wait_for` does in Python 3.11, when what it waits for ends in the same turn."""

    class Swallowing:
        is_asked = asyncio.Event()
        swallowed_count = 0

        async def find(self) -> Layout:
            self.is_asked.set()
            if self.swallowed_count == 0:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    self.swallowed_count += 1
            return {}

    worker = Worker("redis+cluster://127.0.0.1:1")
    worker.broker._finder = finder = Swallowing()
    await worker.start()
    await finder.is_asked.wait()
    async with asyncio.timeout(LIMIT_S):
        await worker.broker.close()
    assert finder.swallowed_count == 1
