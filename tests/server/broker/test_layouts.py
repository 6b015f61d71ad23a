"""Who is in charge, by the answers of servers; real ones: test_sentinel.py and test_cluster.py."""

from __future__ import annotations

import asyncio

import pytest

from tertulia_server.broker.addresses import Access, Address, read_target
from tertulia_server.broker.layouts import (
    ALL_PARTITIONS,
    ClusterFinder,
    FixedFinder,
    LayoutError,
    SentinelFinder,
    client_options,
    closing,
    finder_of,
)
from tests.processes import RedisServer

ASKED = Address("asked.example", 7000)


def finder() -> ClusterFinder:
    return ClusterFinder(read_target("redis+cluster://asked.example:7000"), 1.0)


def test_kind_of_the_url_chooses_who_is_asked() -> None:
    kinds = {"redis://a": FixedFinder, "redis+sentinel://a/s": SentinelFinder, "redis+cluster://a": ClusterFinder}
    for url, kind in kinds.items():
        assert isinstance(finder_of(read_target(url), 1.0), kind)


async def test_one_redis_is_in_charge_of_everything() -> None:
    assert await FixedFinder(read_target("redis://a:1")).find() == {Address("a", 1): ALL_PARTITIONS}


def test_nodes_of_a_cluster_share_the_partitions() -> None:
    replica = [b"10.0.0.9", 7009, b"id"]
    layout = finder()._read(
        [
            [0, 8191, [b"10.0.0.1", 7001, b"id", []], replica],
            [8192, 12287, [b"10.0.0.2", 7002, b"id", []]],
            [12288, 16383, [b"10.0.0.1", 7001, b"id", []], replica],
        ],
        ASKED,
    )
    one, two = Address("10.0.0.1", 7001), Address("10.0.0.2", 7002)
    assert layout == {one: frozenset([*range(32), *range(48, 64)]), two: frozenset(range(32, 48))}


def test_slots_without_a_node_have_nobody_in_charge() -> None:
    layout = finder()._read([[0, 8191, [b"10.0.0.1", 7001, b"id"]]], ASKED)
    assert layout == {Address("10.0.0.1", 7001): frozenset(range(32))}


@pytest.mark.parametrize("host", [None, b"", "", b"?"])
def test_node_that_does_not_know_its_address_is_where_it_was_asked(host: bytes | str | None) -> None:
    assert set(finder()._read([[0, 16383, [host, 7000, b"id"]]], ASKED)) == {ASKED}


def test_nodes_that_were_seen_are_asked_as_well_as_those_of_the_url() -> None:
    asking = finder()
    asking._read([[0, 16383, [b"10.0.0.1", 7001, b"id"], [b"10.0.0.2", 7002, b"id"]]], ASKED)
    assert set(asking._in_any_order()) == {ASKED, Address("10.0.0.1", 7001), Address("10.0.0.2", 7002)}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis+cluster://127.0.0.1:1,127.0.0.1:2", "no node of the cluster"),
        ("redis+sentinel://127.0.0.1:1/forum", "no Sentinel answers"),
    ],
)
async def test_nobody_who_answers_is_an_error(url: str, says: str) -> None:
    with pytest.raises(LayoutError, match=says):
        await finder_of(read_target(url), 1.0).find()


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("redis+cluster://127.0.0.1:{port}", "cluster support disabled"),
        ("redis+sentinel://127.0.0.1:{port}/forum", "unknown command"),
    ],
)
async def test_plain_redis_in_place_of_one_is_told(redis_server: RedisServer, form: str, says: str) -> None:
    with pytest.raises(LayoutError, match=says):
        await finder_of(read_target(form.format(port=redis_server.port)), 1.0).find()


def test_redis_py_is_given_what_the_url_says() -> None:
    options = client_options(Access("ada", "pw", 3, read_target("rediss://a").access.tls, "/ca.pem"), 1.5)
    assert (options["username"], options["password"], options["socket_timeout"]) == ("ada", "pw", 1.5)
    assert (options["ssl"], options["ssl_ca_certs"]) == (True, "/ca.pem")
    assert "ssl" not in client_options(Access(), 1.0)


class SlowToClose:
    """Closes as redis-py does: in a task that has yet to begin."""

    def __init__(self) -> None:
        self.is_closing = asyncio.Event()
        self.is_closed = False

    async def aclose(self) -> None:
        self.is_closing.set()
        await asyncio.gather(self._disconnect())

    async def _disconnect(self) -> None:
        self.is_closed = True


async def test_client_is_closed_in_whole_though_its_user_is_cancelled_meanwhile() -> None:
    client = SlowToClose()

    async def use() -> None:
        async with closing(client):
            pass

    using = asyncio.create_task(use())
    await client.is_closing.wait()
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert client.is_closed
