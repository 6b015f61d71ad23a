"""A short soak: faults of several kinds, and the promise kept. `make soak` is the long one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from programs import REDIS
from tests.needs import need
from tests.soak.running import run_soak
from tests.soak.settings import Crowd, Settings

QUICK: Final = (
    "worker killed (SIGKILL)",
    "Redis killed, restarted empty",
    "worker killed between commit and publish",
    "Redis kills its pub/sub clients",
    "followers stop reading",
    "connection to Redis half-open",
    "client connections cut",
    "disk full",
)


async def test_promise_is_kept_under_faults_of_many_kinds(tmp_path: Path) -> None:
    need(REDIS)
    settings = Settings(12, seed=3, workers=2, crowd=Crowd(writers=3, followers=12, pace_s=0.15), faults=QUICK)
    report = await run_soak(settings, tmp_path, lambda line: None)
    assert (report.violations, report.failures) == ([], []), f"\n{report.table}"
    assert len({one.name for one in report.injections}) >= 4
    assert report.table.total.delivered > report.acknowledged_count > 20
