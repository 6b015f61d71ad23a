from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.load.arrivals import parse_stages
from tertulia_client.load.html_report import charts_of
from tertulia_client.load.others.broadcast import Broadcast
from tertulia_client.load.request import Request, check_amounts, perform
from tertulia_client.load.scenarios import find_scenario
from tertulia_client.testing import FakeServer
from tests.processes import free_port

REQUEST = Request(
    scenario=find_scenario("crowd"),
    address=parse_address("http://127.0.0.1:1"),
    token="t",
    readers=4,
    rate=20.0,
    duration_s=0.2,
    settle_s=5.0,
)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(60), FakeServer() as server:
        yield server


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"readers": 0}, "--readers takes 1 to"),
        ({"readers": 10**6}, "--readers takes 1 to"),
        ({"threads": 0}, "--threads takes 1 to"),
        ({"rate": 0.0}, "at most"),
        ({"duration_s": 10.0**6}, "at most"),
        ({"address": None, "thread_id": 3}, "give --url"),
        ({"sources": ["192.0.2.1"]}, "no address of this machine"),
        ({"sources": ["here"]}, "no address of this machine"),
        ({"processes": 0}, "--processes takes"),
        ({"processes": 2, "scenario": find_scenario("pages"), "readers": 0}, "has none: start the run several times"),
        ({"processes": 2, "scenario": replace(find_scenario("crowd"), is_own_code=True)}, "no file of yours"),
        ({"adapter": Broadcast, "processes": 2}, "start the run several times"),
        ({"adapter": Broadcast, "is_calibrated": True}, "--adapter broadcast"),
        ({"adapter": Broadcast, "thread_id": 3}, "channels of its own"),
        ({"adapter": Broadcast, "faults": ["at 100ms: cut"]}, "there is 'run COMMAND' only"),
        ({"workers": 0}, "--workers takes"),
        ({"stages": parse_stages("1s at 5/s"), "scenario": find_scenario("day")}, "times of their own"),
        ({"bots": 0}, "--bots takes"),
        ({"faults": ["at 1s: cut"]}, "over before"),
        ({"faults": ["at 100ms: cut"]}, "leave out --url"),
        ({"scenario": find_scenario("deploy")}, "leave out --url"),
        ({"faults": ["at 100ms: burn"]}, "is no fault"),
        ({"faults": ["at 100ms: kill worker"], "address": None}, "takes several workers"),
    ],
)
def test_what_no_run_may_do_is_refused(changes: dict[str, object], sentence: str) -> None:
    check_amounts(REQUEST)
    check_amounts(replace(REQUEST, scenario=find_scenario("pages"), readers=0))
    with pytest.raises(ClientError, match=sentence):
        check_amounts(replace(REQUEST, **changes))  # type: ignore[arg-type]


async def test_calibrated_run_has_the_floor_in_its_report(server: FakeServer) -> None:
    said: list[str] = []
    report = await perform(replace(REQUEST, address=parse_address(server.url), is_calibrated=True), said.append)
    assert report.is_clean
    assert report.other_times["null server"].count
    assert said[0] == "calibrating against a server that does nothing"
    assert said[-1] == "removed 4 posts of the run"


async def test_run_without_an_address_starts_a_server_and_ends_it() -> None:
    said: list[str] = []
    async with asyncio.timeout(60):
        report = await perform(replace(REQUEST, address=None, token=None), said.append)
    assert (report.balance.received, report.is_clean) == (16, True)
    assert said[0] == "starting a server for this run"
    origin = said[1].removeprefix("started a server for this run: ")
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", parse_address(origin).port)


async def test_too_many_readers_are_told_before_anything_is_done() -> None:
    said: list[str] = []
    many = replace(REQUEST, address=None, token=None, readers=10**8)
    with pytest.raises(ClientError, match=r"open files|local ports"):
        await perform(many, said.append)
    assert said == []


async def test_target_that_is_not_this_machine_needs_a_word() -> None:
    with pytest.raises(ClientError, match="--yes-i-run-this-server"):
        await perform(replace(REQUEST, address=parse_address("https://forum.example")), lambda _: None)


async def test_faults_of_the_proxy_are_between_readers_and_server() -> None:
    faulty = replace(REQUEST, address=None, token=None, duration_s=1.0, settle_s=0.5, faults=["at 50%: lose 1 in 7"])
    async with asyncio.timeout(60):
        report = await perform(faulty, lambda _: None)
    assert report.balance.missing > 0
    assert report.marks[0][1] == "lose 1 in 7"


async def test_deploy_replaces_the_workers_and_loses_nothing() -> None:
    deploy = replace(REQUEST, scenario=find_scenario("deploy"), address=None, token=None, duration_s=6.0, settle_s=20.0)
    async with asyncio.timeout(90):
        report = await perform(deploy, lambda _: None)
    assert report.is_clean
    assert [words for _, words in report.marks] == ["restart workers"] * 2


async def test_server_is_watched_and_the_run_is_shown_to_prometheus() -> None:
    port, shown = free_port(), list[str]()

    async def look() -> None:
        async with httpx2.AsyncClient(trust_env=False) as http:
            while not shown:
                try:
                    shown.append((await http.get(f"http://127.0.0.1:{port}/metrics")).text)
                except httpx2.TransportError:
                    await asyncio.sleep(0.02)

    async with asyncio.timeout(60):
        looking = asyncio.create_task(look())
        watched = replace(REQUEST, address=None, token=None, duration_s=2.5, metrics_port=port)
        report = await perform(watched, lambda _: None)
        await looking
    assert "tertulia_load_readers 4" in shown[0]
    assert report.server_moments[-1].connections == 4
    assert "The server took" in report.as_text()
    assert [chart.title for chart in charts_of(report)][-1].startswith("Server:")
