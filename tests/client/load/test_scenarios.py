"""Each scenario on a fake server: it does what its name says, and the books balance."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load import scenarios as module
from tertulia_client.load.amounts import parse_duration_s, parse_rate
from tertulia_client.load.page_readers import PAGE_READ
from tertulia_client.load.scenarios import CUT_OFF, SCENARIOS, find_scenario
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(40), FakeServer() as server:
        yield server


@pytest.mark.parametrize("name", ["crowd", "storm", "writers", "town"])
async def test_what_disturbs_nobody_delivers_to_everybody(server: FakeServer, name: str) -> None:
    async with stage_on(server, 1, 2) as stage:
        await find_scenario(name).play(stage)
        assert (stage.crowd.connected, stage.crowd.connect_times.count) == (6, 6)
        assert (stage.publisher.acknowledged, stage.ledger.balance().is_clean) == (20, True)


async def test_comeback_cuts_all_and_all_catch_up(server: FakeServer) -> None:
    async with stage_on(server, duration_s=1.0) as stage:
        await find_scenario("comeback").play(stage)
        assert (stage.crowd.reconnects, stage.crowd.catch_up_times.count) == (6, 6)
        assert stage.ledger.balance().received == 6 * 50
        assert [words for _, words in stage.timeline.marks] == ["all readers are cut off", "all readers return"]
    assert server.connection_count == 12


async def test_churn_lets_them_come_and_go(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAY_S", 0.5)
    async with stage_on(server, duration_s=1.0) as stage:
        await find_scenario("churn").play(stage)
        assert stage.crowd.reconnects > 1
        assert stage.ledger.balance().is_clean


async def test_slow_readers_catch_up(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        await find_scenario("slow").play(stage)
        assert len(stage.timeline.marks) == 2
        assert stage.ledger.balance().is_clean


async def test_half_open_waits_for_the_cut_and_lets_them_return(server: FakeServer) -> None:
    async with stage_on(server, duration_s=3.0, rate=5.0) as stage:
        playing = asyncio.create_task(find_scenario("half-open").play(stage))
        while not stage.timeline.marks:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.005)
        server.cut_all()
        await playing
        assert stage.times(CUT_OFF).count == 1
        assert (stage.failed, stage.ledger.balance().is_clean) == (0, True)


async def test_half_open_connection_that_is_kept_is_a_failure(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        await find_scenario("half-open").play(stage)
        assert "the server still holds its connection" in stage.first_failure


async def test_pages_are_read_after_they_were_filled(server: FakeServer) -> None:
    async with stage_on(server, readers=0) as stage:
        server.faults.api_answers = []
        await find_scenario("pages").play(stage)
        assert len(server.posts) == module.PAGE_POSTS
        assert stage.times(PAGE_READ).count + stage.failed == 20


def test_each_has_a_name_a_line_and_amounts_that_can_be_read() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    for scenario in SCENARIOS:
        assert scenario.summary.endswith((".", "?"))
        assert parse_rate(scenario.rate) > 0
        assert parse_duration_s(scenario.duration) > 0
    with pytest.raises(ClientError, match="There are: crowd, storm"):
        find_scenario("flood")
