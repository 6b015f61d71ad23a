from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import ApiError
from tertulia_client.load import gone
from tertulia_client.load.plan import Plan
from tertulia_client.load.report import Report
from tertulia_client.load.run import run_scenario
from tertulia_client.load.scenarios import find_scenario
from tertulia_client.load.stage import Say
from tertulia_client.load.stamped import CAN_STAMP
from tertulia_client.load.target import find_token
from tertulia_client.testing import FakeServer
from tests.processes import TertuliaServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(40), FakeServer() as server:
        yield server


def plan(server: FakeServer, *, rate: float = 50, duration_s: float = 0.2, thread_id: int | None = None) -> Plan:
    return Plan("crowd", parse_address(server.url), "t", 8, rate, duration_s, settle_s=1.0, thread_id=thread_id)


async def run_crowd(plan: Plan, say: Say) -> Report:
    return await run_scenario(find_scenario("crowd"), plan, say)


async def test_run_makes_its_own_thread_and_measures(server: FakeServer) -> None:
    said: list[str] = []
    report = await run_crowd(plan(server), said.append)
    assert report.is_clean
    assert report.thread_url == f"{server.url}/threads/17"
    assert (report.acknowledged, report.balance.expected, report.delivery_times.count) == (10, 80, 80)
    assert said[0] == f"connecting 8 readers to {server.url}"
    assert not server.connections or all(connection.positions for connection in server.connections)


async def test_run_uses_the_thread_that_it_was_given(server: FakeServer) -> None:
    server.say("by somebody else", thread_id=5)
    report = await run_crowd(plan(server, thread_id=5), lambda _: None)
    assert report.balance.expected == 80
    assert {post["thread_id"] for post in server.posts} == {5}


async def test_posts_of_others_are_expected_too_but_not_timed(server: FakeServer) -> None:
    running = asyncio.create_task(run_crowd(plan(server, duration_s=0.4, thread_id=1), lambda _: None))
    await server.has_posts(3)
    server.say("by somebody else")
    report = await running
    assert (report.balance.expected, report.delivery_times.count) == (8 * 21, 8 * 20)
    assert report.is_clean


async def test_interrupt_ends_the_posting_and_still_reports(server: FakeServer) -> None:
    running = asyncio.create_task(run_crowd(plan(server, rate=20, duration_s=60), lambda _: None))
    await server.has_posts(3)
    os.kill(os.getpid(), signal.SIGINT)
    report = await running
    assert report.is_cut_short
    assert report.is_clean
    assert report.acknowledged < 1000


async def test_second_interrupt_ends_the_run_without_a_report_and_clears_up(server: FakeServer) -> None:
    said: list[str] = []
    running = asyncio.create_task(run_crowd(plan(server, rate=20, duration_s=60), said.append))
    await server.has_posts(1)
    server.faults.lose_seq = 1 + len(server.posts)  # which is waited for
    await server.has_posts(3)
    os.kill(os.getpid(), signal.SIGTERM)
    while said[-1] != "posted; waiting for the last deliveries":  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.005)
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "removed" in said[-1]
    assert sum(words.startswith("stopping: ") for words in said) == 1


async def test_thread_that_is_not_there_ends_it_before_it_begins(server: FakeServer) -> None:
    server.faults.api_answers.append((404, {"code": 4208, "detail": "There is nothing here."}))
    with pytest.raises(ApiError, match="nothing here"):
        await run_crowd(plan(server, thread_id=9), lambda _: None)
    assert server.connection_count == 0


async def test_server_that_dies_in_the_middle_ends_the_run_with_a_report_of_the_time_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gone, "PROBE_S", 0.02)
    monkeypatch.setattr(gone.until_gone, "__kwdefaults__", {"gone_s": 0.2})
    said: list[str] = []
    async with asyncio.timeout(40):
        async with FakeServer() as dying:
            running = asyncio.create_task(run_crowd(plan(dying, rate=20, duration_s=600), said.append))
            await dying.has_posts(3)
        report = await running
    assert report.gone_at_s is not None
    assert (report.is_clean, report.acknowledged >= 2) == (False, True)
    assert re.search(r"The server was gone from \d+\.\d s on", report.as_text())
    assert "FAILED: the server ended in the middle of the run." in report.as_text()
    assert any("has been gone" in sentence for sentence in said)


async def test_what_was_written_is_removed_unless_it_is_to_be_kept(server: FakeServer) -> None:
    said: list[str] = []
    await run_crowd(plan(server, thread_id=1), said.append)
    assert said[-1] == "removed 10 posts of the run"
    assert all(post["is_removed"] for post in server.posts)
    await run_crowd(replace(plan(server, thread_id=2), keeps_posts=True), said.append)
    assert not any(post["is_removed"] for post in server.posts if post["thread_id"] == 2)


async def test_stalls_of_the_generator_are_told_as_its_own(forum: TertuliaServer) -> None:
    async def stall() -> None:
        while True:
            time.sleep(0.05)  # noqa: ASYNC251 - the fault under test
            await asyncio.sleep(0.02)

    stalling = asyncio.create_task(stall())
    address = parse_address(forum.url)
    stalled = Plan("crowd", address, find_token(address, None), 4, rate=20, duration_s=2.0, settle_s=10.0)
    report = await run_crowd(stalled, lambda _: None)
    stalling.cancel()
    await asyncio.gather(stalling, return_exceptions=True)
    assert (report.is_clean, report.is_valid) == (True, False)
    assert "INVALID" in report.as_text()
    if CAN_STAMP:
        assert report.parts.whole.count == 4 * 40
        assert report.parts.generator.percentile_s(50) > report.parts.server.percentile_s(50)
        assert report.soundness.added_s is not None
        assert report.soundness.added_s > 0.02
