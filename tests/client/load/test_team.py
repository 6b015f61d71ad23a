from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.member import OwnProcess
from tertulia_client.load.plan import Plan
from tertulia_client.load.playing import orders_of, replay_of
from tertulia_client.load.report import Report
from tertulia_client.load.request import Request, perform
from tertulia_client.load.run import run_scenario
from tertulia_client.load.scenarios import find_scenario
from tertulia_client.load.sight import Sight
from tertulia_client.load.stage import Stage
from tertulia_client.load.team import Lead, plan_values, result_of, take_result
from tertulia_client.load.timeline import Moment
from tertulia_client.testing import FakeServer
from tests.client.load.stages import plan_for, stage_on
from tests.client.load.test_playing import recording


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(60), FakeServer() as server:
        yield server


async def run_together(server: FakeServer, plan: Plan) -> Report:
    async with Lead(2, ["127.0.0.2"]) as lead:
        return await run_scenario(find_scenario(plan.scenario), plan, lambda _: None, team=lead)


async def test_two_processes_hold_the_readers_of_one_run(server: FakeServer) -> None:
    plan = replace(plan_for(server, readers=7, duration_s=1.2, settle_s=10.0), scenario="comeback")
    report = await run_together(server, plan)
    assert (report.connected, report.reconnects, report.connect_times.count) == (7, 7, 7)
    assert (report.balance.expected, report.balance.received, report.is_clean) == (7 * 60, 7 * 60, True)
    assert report.delivery_times.count == 7 * 60
    assert report.loop_lags.count > 60
    assert report.other_times["catch-up"].count == 7


async def test_what_the_parts_see_is_seen_together(server: FakeServer) -> None:
    """The run goes on until it was seen."""
    looks: list[tuple[Sight, Moment | None]] = []

    def look(stage: Stage, moment: Moment | None) -> None:
        looks.append((stage.sight, moment))
        if any(moment and moment.deliveries for _, moment in looks) and stage.sight.connected == 7:
            stage.stopping.set()

    plan = plan_for(server, readers=7, duration_s=50.0, rate=20.0, settle_s=10.0)
    async with Lead(2) as lead:
        report = await run_scenario(find_scenario("crowd"), plan, lambda _: None, team=lead, on_moment=look)
    assert looks[-1][0].balance.received > 0
    assert (report.is_clean, report.is_cut_short) == (True, True)
    assert report.delivery_times.count == report.balance.received == 7 * report.acknowledged, "nothing is booked twice"


async def test_recording_is_read_by_several_processes(server: FakeServer, tmp_path: Path) -> None:
    scenario = replay_of(recording(tmp_path / "t", 0, 200, 400, 600), 2.0)
    plan = replace(plan_for(server, readers=5, duration_s=0.3, rate=10.0, settle_s=10.0), scenario="replay")
    async with Lead(2, script=orders_of(scenario)) as lead:
        report = await run_scenario(scenario, plan, lambda _: None, team=lead)
    assert (report.acknowledged, report.balance.received, report.is_clean) == (4, 5 * 4, True)
    assert report.delivery_times.count == 5 * 4, "each part knows what the posts were planned for"


@pytest.mark.long
async def test_readers_of_a_day_come_and_go_in_several_processes(tmp_path: Path) -> None:
    """A real server, for they read its pages; whoever is there at the end has everything."""
    scenario = replay_of(recording(tmp_path / "t", *range(0, 2_000_000, 100_000)), 1000.0, name="day")
    request = Request(scenario, None, None, readers=12, rate=10.0, duration_s=2.0, settle_s=20.0, processes=2)
    async with asyncio.timeout(60):
        report = await perform(request, lambda _: None)
    assert (report.acknowledged, report.is_clean) == (20, True)
    assert report.other_times["page read"].count > 0


async def test_what_a_part_misses_is_missed_and_named(server: FakeServer) -> None:
    server.faults.lose_seq = 4
    report = await run_together(server, plan_for(server, readers=4, settle_s=0.5))
    assert report.balance.missing == 4
    assert sorted(words.partition(" misses")[0] for words in report.complaints) == [f"reader {n}" for n in (1, 2, 3, 4)]


async def test_part_that_cannot_ends_the_run_with_its_sentence(server: FakeServer) -> None:
    server.unknown_channels.add("thread:17")
    with pytest.raises(ClientError, match="The readers are refused"):
        await run_together(server, plan_for(server))


async def test_part_that_dies_ends_the_run(server: FakeServer) -> None:
    async with stage_on(server) as stage, Lead(1) as lead:
        member = lead._members[0]
        assert isinstance(member, OwnProcess)
        member.process.kill()
        with pytest.raises(ClientError, match="ended before its time"):
            await lead.begin(stage, stage.publisher.plan)


async def test_part_that_dies_among_the_posts_ends_the_run_at_once(server: FakeServer) -> None:
    async with stage_on(server, duration_s=60.0) as stage, Lead(2) as lead:
        began_s = await lead.begin(stage, stage.publisher.plan)
        member = lead._members[1]
        assert isinstance(member, OwnProcess)
        member.process.kill()
        with pytest.raises(ClientError, match="ended before its time"):
            await lead.publish(stage, partial(stage.publisher.run, stage.stopping, began_s=began_s))
        assert stage.publisher.acknowledged < stage.plan.post_count


async def test_books_are_added_by_the_second(server: FakeServer) -> None:
    async with stage_on(server) as part, stage_on(server) as lead:
        for stage, time_s in ((part, 0.5), (lead, 0.1)):
            stage.timeline.record(time_s)
            stage.delivery_times.record(time_s)
            stage.timeline.close_moment(connected=3, acknowledged=1, lag_s=0.0)
        part.fail("it was refused")
        part.times("step").record(0.2)
        take_result(lead, json.loads(json.dumps(result_of(part))))
        [moment] = lead.timeline.moments
        assert (moment.connected, moment.deliveries, moment.acknowledged) == (6, 2, 1)
        assert moment.max_s == 0.5
        assert (lead.failed, lead.first_failure, lead.times("step").count) == (1, "it was refused", 1)


async def test_plan_goes_through_json(server: FakeServer) -> None:
    plan = plan_for(server)
    values = json.loads(json.dumps(plan_values(plan)))
    assert (values["address"], values["verify"], values["readers"]) == (server.url, "full", 6)
