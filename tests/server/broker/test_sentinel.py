"""A master, a replica and Sentinels: the workers go where the master is."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from programs import REDIS
from tertulia_server.broker.layouts import ALL_PARTITIONS
from tertulia_server.broker.port import BrokerState
from tests.needs import need
from tests.redis_servers import SentinelSet
from tests.server.broker.pair import QUICK, Worker, workers


@pytest.fixture
def one_sentinel(tmp_path: Path) -> Iterator[SentinelSet]:
    with ExitStack() as stack:
        servers = SentinelSet(need(REDIS), tmp_path, sentinel_count=1)
        servers.start(stack)
        yield servers


@pytest.fixture
def three_sentinels(tmp_path: Path) -> Iterator[SentinelSet]:
    with ExitStack() as stack:
        servers = SentinelSet(need(REDIS), tmp_path, sentinel_count=3)
        servers.start(stack)
        yield servers


def follows(worker: Worker, port: int) -> bool:
    return worker.broker.state is BrokerState.CONNECTED and list(worker.broker._links) == [
        (f"127.0.0.1:{port}", ALL_PARTITIONS)
    ]


async def test_workers_follow_the_new_master(one_sentinel: SentinelSet) -> None:
    """And a service that nobody knows is a reason."""
    unasked = dataclasses.replace(QUICK, find_again_s=60.0)  # what broke must be reason enough to ask
    async with workers(one_sentinel.url, unasked) as (first, second):
        assert follows(second, one_sentinel.master.port)
        await asyncio.to_thread(one_sentinel.master.kill)
        for worker in (first, second):
            await worker.until(lambda worker=worker: follows(worker, one_sentinel.replica.port))  # type: ignore[misc]
        assert second.states_at_gaps[0] is BrokerState.AWAY
        assert second.states_at_gaps[-1] is BrokerState.CONNECTED
        await second.until_it_hears(first)
        await first.until_it_hears(second)
    stranger = Worker(one_sentinel.url.replace("/forum/", "/other/"))
    await stranger.start()
    await stranger.until(lambda: "'other'" in stranger.broker.reason)
    assert stranger.broker.state is BrokerState.AWAY
    await stranger.broker.close()


@pytest.mark.long
async def test_failover_with_the_old_master_alive_and_with_a_dead_sentinel(three_sentinels: SentinelSet) -> None:
    """A planned failover: nobody's connection need break by itself, yet two workers must not stay at two masters."""
    servers = three_sentinels
    async with workers(servers.url) as (first, second):
        await asyncio.to_thread(servers.sentinels[0].kill)
        await asyncio.to_thread(servers.sentinels[1].fail_over)
        for worker in (first, second):
            await worker.until(lambda worker=worker: follows(worker, servers.replica.port))  # type: ignore[misc]
        await second.until_it_hears(first)
        await first.until_it_hears(second)


@pytest.mark.long
async def test_master_that_hangs_and_comes_back_is_not_gone_back_to(three_sentinels: SentinelSet) -> None:
    servers = three_sentinels
    async with workers(servers.url) as (first, second):
        servers.master.signal(signal.SIGSTOP)
        for worker in (first, second):
            await worker.until(lambda worker=worker: follows(worker, servers.replica.port))  # type: ignore[misc]
        servers.master.signal(signal.SIGCONT)
        await second.until_it_hears(first)
        await first.until_it_hears(second)
        assert follows(first, servers.replica.port)
