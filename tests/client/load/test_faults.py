from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.load.faults import Fault, bring, parse_fault
from tertulia_client.load.own_server import OwnServer
from tertulia_client.load.proxy import Proxy
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


class Doings:
    """In the place of a server."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def kill(self) -> None:
        self.done.append("kill")

    async def stop(self) -> None:
        self.done.append("stop")

    async def start(self) -> None:
        self.done.append("start")

    def kill_worker(self) -> None:
        self.done.append("kill worker")

    def restart_workers(self) -> None:
        self.done.append("restart")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("at 5s: kill worker", Fault(5.0, "kill worker")),
        ("at 1m30s: stall for 3s", Fault(90.0, "stall", 3.0)),
        (" at 500ms:  delay  200ms  for 2s", Fault(0.5, "delay 200ms", 2.0)),
        ("at 2s: lose 1 in 1000", Fault(2.0, "lose 1 in 1000")),
        ("at 2s: run ssh host 'kill 1'", Fault(2.0, "run ssh host 'kill 1'")),
    ],
)
def test_faults_are_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


def test_what_each_needs() -> None:
    needs = {text: parse_fault(f"at 1s: {text}") for text in ("cut", "lose 1 in 9", "kill server", "run true")}
    assert [fault.needs_proxy for fault in needs.values()] == [True, True, False, False]
    assert [fault.needs_server for fault in needs.values()] == [True, True, True, False]


@pytest.mark.parametrize("text", ["", "kill worker", "at 5s kill worker", "at 5s: burn", "at noon: cut", "at 1s: lose"])
def test_what_is_no_fault_is_told(text: str) -> None:
    with pytest.raises(ClientError, match=r"is no fault|is no time"):
        parse_fault(text)


async def test_they_come_in_their_time_and_what_lasts_is_taken_back(server: FakeServer) -> None:
    doings = Doings()
    faults = [parse_fault(f"at {text}") for text in ("40ms: kill server", "20ms: kill worker", "60ms: restart workers")]
    faults.append(parse_fault("at 10ms: delay 5ms for 30ms"))
    async with Proxy(parse_address(server.url)) as proxy, stage_on(server) as stage:
        await bring(faults, cast("OwnServer", doings), proxy, stage)
        assert doings.done == ["kill worker", "kill", "stop", "start", "restart"]
        assert proxy.weather.delay_s == 0.0
        marks = [words for _, words in stage.timeline.marks]
    assert {"delay 5ms for 0.03 s", "end of: delay 5ms", "kill server", "kill worker", "restart workers"} == set(marks)


async def test_without_an_end_a_fault_lasts_until_the_run_is_told_to_stop(server: FakeServer) -> None:
    async with Proxy(parse_address(server.url)) as proxy, stage_on(server) as stage:
        await bring([parse_fault("at 1ms: stall"), parse_fault("at 1ms: swap 1 in 7")], None, proxy, stage)
        assert (proxy.weather.swap_one_in, proxy.weather.lose_one_in) == (0, 0)
        stage.stopping.set()
        await bring([parse_fault("at 1h: cut")], None, proxy, stage)


async def test_hook_runs_a_command_and_its_failure_is_booked(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        await bring([parse_fault("at 1ms: run true"), parse_fault("at 1ms: run exit 3")], None, None, stage)
        assert (stage.failed, stage.first_failure) == (1, "'exit 3' ended with status 3")
