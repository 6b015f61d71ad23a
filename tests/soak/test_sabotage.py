"""The checker is checked on the real thing: a server that was broken on purpose is found out, the event named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from programs import REDIS
from tests.needs import need
from tests.soak.running import run_soak
from tests.soak.settings import Crowd, Settings
from tests.soak.soak import Report
from tests.soak.verdict import Kind

NAMED = re.compile(r"(missing|duplicate|lost after 201|untrue): (thread|forum):\d+ event \d+ at .*: .*(post|came|text)")


async def sabotaged(
    name: str,
    folder: Path,
    *,
    seconds: float = 4.0,
    with_redis: bool = True,
    old_start_share: float = 0.2,
    fault: str = "client connections cut",
    catch_up_s: float = 4.0,
    followers: int = 8,
) -> Report:
    """A short run of two workers whose connections are cut now and then, so that followers come back."""
    need(REDIS)
    settings = Settings(
        seconds,
        workers=2,
        with_redis=with_redis,
        crowd=Crowd(4, followers, pace_s=0.1, old_start_share=old_start_share, catch_up_s=catch_up_s),
        faults=(fault,),
        sabotage=name,
    )
    return await run_soak(settings, folder, lambda line: None)


def check_found(report: Report, kind: Kind) -> None:
    found = [str(violation) for violation in report.violations if violation.kind is kind]
    assert found, report.table
    assert all(NAMED.match(words) for words in found), found
    assert not report.is_kept


@pytest.mark.long
async def test_kept_promise_is_told_as_kept(tmp_path: Path) -> None:
    """The same run without sabotage: what the others find is no fault of the run."""
    report = await sabotaged("", tmp_path)
    assert (report.violations, report.failures) == ([], [])
    assert report.is_kept
    assert report.table.total.delivered > report.acknowledged_count > 20


async def test_sweep_that_is_switched_off_is_found(tmp_path: Path) -> None:
    """No broker either: what one worker commits never reaches the other's followers, unless they come back."""
    report = await sabotaged("switch_sweep_off", tmp_path, with_redis=False, fault="clock jumps", catch_up_s=0.3)
    check_found(report, Kind.MISSING)


async def test_event_that_the_hub_drops_is_found(tmp_path: Path) -> None:
    report = await sabotaged("drop_event_in_hub", tmp_path)
    check_found(report, Kind.MISSING)
    assert {violation.seq % 10 for violation in report.violations} == {0}


async def test_ring_that_is_cut_short_is_found(tmp_path: Path) -> None:
    check_found(await sabotaged("cut_ring_short", tmp_path), Kind.MISSING)


@pytest.mark.long
async def test_event_that_is_sent_twice_is_found(tmp_path: Path) -> None:
    check_found(await sabotaged("send_twice", tmp_path), Kind.DUPLICATE)


@pytest.mark.long
async def test_post_that_is_acknowledged_and_not_committed_is_found(tmp_path: Path) -> None:
    check_found(await sabotaged("acknowledge_before_commit", tmp_path), Kind.LOST)


@pytest.mark.long
async def test_text_that_the_ring_keeps_after_its_removal_is_found(tmp_path: Path) -> None:
    """Many followers: a worker remembers of a channel only what came while somebody followed it there."""
    report = await sabotaged("remember_removed_texts", tmp_path, seconds=25, old_start_share=1.0, followers=24)
    check_found(report, Kind.UNTRUE)
