"""What happens to the way through Redis, each time: it is noticed, said, told to the worker, and repaired by itself."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
from redis.asyncio import Redis
from structlog.testing import capture_logs

from tertulia_server.broker.parcels import partition_of
from tertulia_server.broker.port import BrokerState
from tests.processes import RedisServer
from tests.server.broker.one_way import DOWN, UP, OneWayProxy, one_way_proxy
from tests.server.broker.pair import CHANNEL, QUICK, Worker, publication, workers

AWAY, DEAF, CONNECTED = BrokerState.AWAY, BrokerState.DEAF, BrokerState.CONNECTED


async def expect_recovery(worker: Worker, other: Worker, *lost: BrokerState) -> None:
    """It was away or deaf, is back, said so once each, and hears again in both directions."""
    await worker.until(lambda: worker.states_at_gaps[-1:] == [CONNECTED])
    assert worker.states_at_gaps[0] in lost
    assert len(worker.states_at_gaps) == 2
    assert (worker.broker.state, worker.broker.reason) == (CONNECTED, "")
    assert worker.broker.reconnect_count == 1
    await other.until_connected()
    await worker.until_it_hears(other)
    await other.until_it_hears(worker)
    assert len(worker.states_at_gaps) == 2


@asynccontextmanager
async def workers_with_proxy(server: RedisServer) -> AsyncIterator[tuple[Worker, Worker, OneWayProxy]]:
    """The second of them reaches Redis through the proxy."""
    async with (
        one_way_proxy(server.port) as proxy,
        workers(server.url, second_url=f"redis://127.0.0.1:{proxy.port}/0") as (first, second),
    ):
        yield first, second, proxy


async def test_killed_pubsub_clients(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second), Redis.from_url(redis_server.url) as client:
        await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await expect_recovery(second, first, AWAY)


async def test_killed_connections_of_all_kinds(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second), Redis.from_url(redis_server.url) as client:
        await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await expect_recovery(second, first, AWAY)


async def test_stopped_redis(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        redis_server.signal(signal.SIGSTOP)
        await second.until_state(AWAY)
        assert "does not answer within" in second.broker.reason
        redis_server.signal(signal.SIGCONT)
        await expect_recovery(second, first, AWAY)


async def test_late_probe_is_reason_enough_to_look_at_the_store(redis_server: RedisServer) -> None:
    timing = dataclasses.replace(QUICK, probe_deadline_s=1.0, doubt_s=0.1)
    async with workers(redis_server.url, timing) as (_, second):
        redis_server.signal(signal.SIGSTOP)
        await second.until_state(AWAY)
        redis_server.signal(signal.SIGCONT)
        await second.until_connected()
        doubts = second.states_at_gaps.index(AWAY)
        assert second.states_at_gaps[:doubts] == [CONNECTED] * doubts
        assert 2 <= doubts <= 10
        assert second.states_at_gaps[doubts:] == [AWAY, CONNECTED]


async def test_paused_redis(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second), Redis.from_url(redis_server.url) as client:
        await client.execute_command("CLIENT", "PAUSE", "1500", "ALL")
        await expect_recovery(second, first, AWAY)


async def test_redis_that_comes_back_empty(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        redis_server.kill()
        await second.until_state(AWAY)
        await first.until_state(AWAY)
        first.broker.publish([publication(1)])
        assert first.received == [publication(1)]
        assert second.received == []
        redis_server.start()
        await expect_recovery(second, first, AWAY)


async def test_worker_that_no_longer_hears_itself_is_deaf(redis_server: RedisServer) -> None:
    """Half-open: our publishes arrive and are answered, and nothing comes on the other connection."""
    async with workers_with_proxy(redis_server) as (first, second, proxy):
        proxy.swallow(DOWN, b"-hears")
        await second.until_state(DEAF)
        assert "we do not hear it" in second.broker.reason
        await expect_recovery(second, first, DEAF)


@pytest.mark.parametrize("direction", [UP, DOWN])
async def test_worker_whose_publishes_are_lost(redis_server: RedisServer, direction: str) -> None:
    async with workers_with_proxy(redis_server) as (first, second, proxy):
        proxy.swallow(direction, b"-speaks")
        await expect_recovery(second, first, AWAY)


async def test_subscription_that_is_never_confirmed(redis_server: RedisServer) -> None:
    """What we say on the listening connection gets lost; what comes there, and so each probe, is well."""
    async with workers_with_proxy(redis_server) as (first, second, proxy):
        proxy.swallow(UP, b"-hears")
        second.broker.follow("thread:5")
        await second.until_state(AWAY)
        assert "does not confirm" in second.broker.reason
        await expect_recovery(second, first, AWAY)
        await second.until_it_hears(first, "thread:5")


async def test_worker_that_is_cut_off_because_it_reads_too_slowly(redis_server: RedisServer) -> None:
    """A process that was stopped for a while, in effect: Redis gives up on its output buffer."""
    timing = dataclasses.replace(QUICK, probe_deadline_s=15.0)
    async with workers(redis_server.url, timing) as (first, second), Redis.from_url(redis_server.url) as client:
        await client.config_set("client-output-buffer-limit", "pubsub 100000 0 0")
        link = second.broker._route[partition_of(CHANNEL)]
        assert link is not None
        assert link._listener._line is not None
        transport = link._listener._line._transport
        assert transport is not None
        transport.pause_reading()
        name = f"tertulia:0:{partition_of(CHANNEL)}"
        while await client.publish(name, b"1 elsewhere thread:999 " + bytes(500_000)) > 1:
            pass
        transport.resume_reading()
        await second.until_state(AWAY)
        await second.until(lambda: second.states_at_gaps[-1:] == [CONNECTED])
        await second.until_it_hears(first)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_stopped_worker_is_not_called_deaf_when_it_goes_on(
    redis_server: RedisServer, run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    """Its deadlines have passed, and what shows that all is well is still unread; one loop looks there first."""

    async def be_stopped_for_a_while() -> None:
        async with workers(redis_server.url) as (_, second):
            (link,) = second.broker._links.values()
            probe, probed = link.speaker.probe, []

            def probe_and_stop(name: bytes, number: int) -> None:
                probe(name, number)
                probed.append(number)
                asyncio.get_running_loop().call_soon(time.sleep, QUICK.probe_deadline_s + 0.1)

            link.speaker.probe = probe_and_stop  # type: ignore[method-assign]
            await second.until(lambda: len(probed) == 3)
            assert second.states_at_gaps == []

    run(be_stopped_for_a_while())


async def test_redis_that_is_not_there_at_the_start_is_waited_for(redis_server: RedisServer) -> None:
    redis_server.kill()
    worker = Worker(redis_server.url)
    with capture_logs() as logs:
        await worker.start()
        await worker.until(lambda: "cannot connect" in worker.broker.reason)
        assert worker.broker.state is AWAY
        redis_server.start()
        await worker.until_connected()
    assert [line["event"] for line in logs] == ["broker_away", "broker_connected"]
    assert worker.states_at_gaps == [CONNECTED]
    await worker.broker.close()


async def test_one_line_when_it_goes_away_and_one_when_it_is_back_each_time(redis_server: RedisServer) -> None:
    async with workers(redis_server.url) as (first, second):
        with capture_logs() as logs:
            for _ in range(2):
                redis_server.kill()
                for worker in (first, second):
                    await worker.until(lambda worker=worker: "cannot connect" in worker.broker.reason)  # type: ignore[misc]
                redis_server.start()
                for worker in (first, second):
                    await worker.until_connected()
        events = [line["event"] for line in logs]
        assert events == ["broker_away", "broker_away", "broker_connected", "broker_connected"] * 2


async def test_password_that_is_wrong_is_a_reason_and_in_no_log(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as client:
        await client.config_set("requirepass", "open sesame")
    right = f"redis://:open%20sesame@127.0.0.1:{redis_server.port}/0"
    wrong = Worker(right.replace("open%20sesame", "hunter2-secret"))
    with capture_logs() as logs:
        await wrong.start()
        await wrong.until(lambda: "refuses AUTH: WRONGPASS" in wrong.broker.reason)
        async with workers(right) as (first, second):
            first.broker.publish([publication(1)])
            await second.until(lambda: second.received == [publication(1)])
    assert wrong.broker.state is AWAY
    assert "secret" not in f"{logs} {wrong.broker.reason} {wrong.broker._target!r}"
    await wrong.broker.close()


async def test_password_that_is_missing_is_a_reason(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as client:
        await client.config_set("requirepass", "open sesame")
    worker = Worker(redis_server.url)
    await worker.start()
    await worker.until(lambda: "NOAUTH" in worker.broker.reason)
    await worker.broker.close()


async def test_user_with_no_more_rights_than_it_needs(redis_server: RedisServer) -> None:
    """As the page about Redis tells an operator to make one."""
    async with Redis.from_url(redis_server.url) as client:
        rights = "on >pw resetchannels &tertulia:* -@all +publish +subscribe +unsubscribe"
        await client.execute_command("ACL", "SETUSER", "forum", *rights.split())
    async with workers(f"redis://forum:pw@127.0.0.1:{redis_server.port}/0") as (first, second):
        first.broker.publish([publication(1)])
        await second.until(lambda: second.received == [publication(1)])


async def test_user_who_may_not_publish_is_told(redis_server: RedisServer) -> None:
    async with Redis.from_url(redis_server.url) as client:
        await client.execute_command("ACL", "SETUSER", "mute", "on", ">pw", "allchannels", "+@all", "-publish")
    worker = Worker(f"redis://mute:pw@127.0.0.1:{redis_server.port}/0")
    await worker.start()
    await worker.until(lambda: "NOPERM" in worker.broker.reason)
    assert worker.broker.state is AWAY
    await worker.broker.close()
