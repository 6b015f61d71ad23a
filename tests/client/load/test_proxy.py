from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tertulia_client.address import parse_address
from tertulia_client.api import Api
from tertulia_client.ledger import Balance
from tertulia_client.load.plan import Plan
from tertulia_client.load.proxy import Proxy
from tertulia_client.load.stage import Stage
from tertulia_client.testing import FakeServer
from tests.client.load.stages import plan_for


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(40), FakeServer() as server:
        yield server


async def run_through(server: FakeServer, proxy: Proxy, **amounts: object) -> Balance:
    plan: Plan = replace(plan_for(server, **amounts), address=proxy.address)
    async with Api(proxy.address, token="t") as api:
        stage = Stage(plan, api, [1], "run1")
        await stage.gather()
        await stage.post()
        await stage.crowd.close()
        return stage.ledger.balance()


async def test_in_fair_weather_all_goes_through(server: FakeServer) -> None:
    async with Proxy(parse_address(server.url)) as proxy:
        assert (await run_through(server, proxy)).is_clean


@pytest.mark.parametrize(
    ("fault", "found"),
    [("lose_one_in", "missing"), ("double_one_in", "duplicate"), ("swap_one_in", "out_of_order")],
)
async def test_each_spoilt_message_is_found_by_the_ledger(server: FakeServer, fault: str, found: str) -> None:
    async with Proxy(parse_address(server.url)) as proxy:
        setattr(proxy.weather, fault, 50)
        balance = await run_through(server, proxy, settle_s=0.3)
        assert balance.expected == 120
        faults = {name: getattr(balance, name) for name in ("missing", "duplicate", "out_of_order")}
        assert 1 <= faults.pop(found) <= 2
        assert set(faults.values()) == {0}


async def test_cut_readers_come_back_and_nothing_is_missing(server: FakeServer) -> None:
    async with Proxy(parse_address(server.url)) as proxy:
        running = asyncio.create_task(run_through(server, proxy, settle_s=10.0))
        await server.has_posts(5)
        proxy.cut()
        assert (await running).is_clean
        assert server.connection_count > 6


async def test_stalled_and_delayed_bytes_arrive_later(server: FakeServer) -> None:
    async with Proxy(parse_address(server.url)) as proxy, Api(proxy.address, token="t") as api:
        await api.read_me()
        proxy.stall()
        asking = asyncio.create_task(api.read_me())
        await asyncio.sleep(0.05)
        assert not asking.done()
        proxy.resume()
        assert (await asking)["member"]
        proxy.weather.delay_s = 0.05
        began_s = asyncio.get_running_loop().time()
        await api.read_me()
        assert asyncio.get_running_loop().time() - began_s >= 0.04


async def test_server_that_is_not_there_ends_the_connection() -> None:
    async with asyncio.timeout(10), Proxy(parse_address("http://127.0.0.1:1")) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.address.port)
        assert await reader.read() == b""
        writer.close()
