"""A cluster of three: each partition is said and heard at the node that is in charge of it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from programs import REDIS
from tertulia_server.broker.names import slot_of_partition
from tertulia_server.broker.parcels import PARTITION_COUNT
from tertulia_server.broker.port import BrokerState
from tests.needs import need
from tests.redis_servers import RedisCluster
from tests.server.broker.pair import QUICK, Worker, channel_of_partition, publication, workers

CHANNELS: Final = [channel_of_partition(partition) for partition in range(PARTITION_COUNT)]
UNASKED: Final = dataclasses.replace(QUICK, find_again_s=60.0)
"""Nobody asks who is in charge for no reason: what broke must be reason enough."""

FIRST_NODES, SECOND_NODES, THIRD_NODES = CHANNELS[0], CHANNELS[32], CHANNELS[63]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RedisCluster]:
    with ExitStack() as stack:
        servers = RedisCluster(need(REDIS), tmp_path)
        servers.start(stack)
        yield servers


@pytest.fixture
def cluster_with_replica(tmp_path: Path) -> Iterator[RedisCluster]:
    with ExitStack() as stack:
        servers = RedisCluster(need(REDIS), tmp_path, has_replica=True)
        servers.start(stack)
        yield servers


def port_in_charge(worker: Worker, partition: int) -> int:
    link = worker.broker._route[partition]
    return link.address.port if link else 0


async def publish_until(worker: Worker, channel: str, is_so: Callable[[], bool]) -> None:
    """Who follows nothing in a partition that moved learns of it when it publishes there."""

    def try_again() -> bool:
        worker.broker.publish([publication(1, channel)])
        return is_so()

    await worker.until(try_again)


async def expect_all_channels(first: Worker, second: Worker) -> None:
    second.received.clear()
    first.broker.publish([publication(5, channel) for channel in CHANNELS])
    await second.until(lambda: {item.channel for item in second.received} == set(CHANNELS))


async def test_every_partition_crosses_and_one_that_moves_is_followed(cluster: RedisCluster) -> None:
    async with workers(cluster.url, UNASKED) as (first, second):
        for channel in CHANNELS:
            second.broker.follow(channel)
        await second.until(lambda: all(link._listener.is_settled for link in second.broker._links.values()))
        assert {port_in_charge(second, partition) for partition in range(64)} == {n.port for n in cluster.masters}
        await expect_all_channels(first, second)

        source, target = cluster.masters[0], cluster.masters[2]
        second.states_at_gaps.clear()
        await asyncio.to_thread(cluster.move_slot, slot_of_partition(0), source, target)
        await second.until(lambda: port_in_charge(second, 0) == target.port)
        await publish_until(first, FIRST_NODES, lambda: port_in_charge(first, 0) == target.port)
        for worker in (first, second):
            await worker.until_connected()
        assert BrokerState.AWAY in second.states_at_gaps
        await expect_all_channels(first, second)


async def test_dead_node_leaves_the_others_at_work_and_is_used_again(cluster: RedisCluster) -> None:
    async with workers(cluster.url, UNASKED, channels=(FIRST_NODES, SECOND_NODES, THIRD_NODES)) as (first, second):
        await asyncio.to_thread(cluster.masters[1].kill)
        await second.until_state(BrokerState.AWAY)
        assert str(cluster.masters[1].port) in second.broker.reason or "no node for" in second.broker.reason
        await second.until_it_hears(first, FIRST_NODES)
        await second.until_it_hears(first, THIRD_NODES)
        assert second.broker.state is BrokerState.AWAY
        await asyncio.to_thread(cluster.masters[1].start)
        for worker in (first, second):
            await worker.until_connected()
        await second.until_it_hears(first, SECOND_NODES)


@pytest.mark.long
async def test_replica_that_takes_over_is_followed(cluster_with_replica: RedisCluster) -> None:
    cluster = cluster_with_replica
    assert cluster.replica is not None
    replica_port = cluster.replica.port
    async with workers(cluster.url, UNASKED, channels=(FIRST_NODES, SECOND_NODES)) as (first, second):
        await asyncio.to_thread(cluster.masters[0].kill)
        for worker in (first, second):
            await worker.until(lambda worker=worker: port_in_charge(worker, 0) == replica_port)  # type: ignore[misc]
            await worker.until_connected()
        await second.until_it_hears(first, FIRST_NODES)
        await first.until_it_hears(second, SECOND_NODES)
