"""The included adapters against real servers: the same scenario, the same books."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.load.others.broadcast import Broadcast
from tertulia_client.load.others.playing import ADAPTERS, check_playable, find_adapter, run_on_other
from tertulia_client.load.plan import Plan
from tertulia_client.load.scenarios import SCENARIOS, find_scenario
from tests.client.load.others.other_servers import running

PLAN = Plan("crowd", parse_address("http://127.0.0.1:1"), "", readers=8, rate=40.0, duration_s=0.5, settle_s=5.0)

OWN = """
from tertulia_client.load.others.adapter import Adapter, Message, Subscribed
from tertulia_client.load.others.broadcast import Broadcast

class Shouting(Adapter):
    def begin(self): return [Subscribed()]
    def parse(self, payload): return [Message(payload.lower())]
    def publish(self, body): return [body]
"""


@pytest.mark.parametrize("name", ADAPTERS)
async def test_everybody_gets_each_message_once_and_in_order(name: str, tmp_path: Path) -> None:
    said: list[str] = []
    async with asyncio.timeout(60), running(name, tmp_path) as url:
        plan = replace(PLAN, address=parse_address(url), threads=2)
        report = await run_on_other(find_scenario("crowd"), plan, find_adapter(name), said.append)
    assert (report.connected, report.acknowledged, report.failed) == (8, 20, 0)
    assert report.balance.is_clean
    assert report.balance.received == report.balance.expected == report.delivery_times.count > 80
    assert report.thread_url.startswith(url)


async def test_what_a_bare_server_loses_while_one_is_away_is_missing(tmp_path: Path) -> None:
    async with asyncio.timeout(60), running("broadcast", tmp_path) as url:
        plan = replace(PLAN, address=parse_address(url), settle_s=0.2, duration_s=1.0)
        report = await run_on_other(find_scenario("comeback"), plan, Broadcast, lambda _: None)
    assert (report.reconnects, report.is_clean) == (8, False)
    assert report.balance.missing > 0
    assert "misses" in report.complaints[0]


async def test_nobody_there_is_told() -> None:
    with pytest.raises(ClientError, match="No WebSocket at ws://127"):
        await run_on_other(find_scenario("crowd"), PLAN, Broadcast, lambda _: None)


def test_adapter_is_found_by_its_name_or_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shouting.py"
    path.write_text(OWN)
    assert find_adapter(str(path)).__name__ == "Shouting"
    path.write_text("")
    with pytest.raises(ClientError, match="needs one class of `Adapter`: it has 0"):
        find_adapter(str(path))
    with pytest.raises(ClientError, match="There are: broadcast, nats, socket_io, or a file"):
        find_adapter("smoke-signals")


def test_scenarios_that_need_an_api_are_refused() -> None:
    refused = []
    for scenario in SCENARIOS:
        try:
            check_playable(scenario)
        except ClientError:
            refused.append(scenario.name)
    assert refused == ["deploy", "pages", "day"]
