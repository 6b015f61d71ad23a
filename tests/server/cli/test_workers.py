"""How many processes serve, and how long they may take to end."""

from __future__ import annotations

from tertulia_server.cli.worker import STOP_GRACE_S
from tertulia_server.cli.workers import stop_limit_s
from tertulia_server.live.draining import FLUSH_S, LATE_S
from tertulia_server.settings import Settings


def test_worker_is_not_killed_before_it_could_drain_and_finish() -> None:
    assert stop_limit_s(Settings(drain_ms=2500)) > 2.5 + LATE_S + FLUSH_S + STOP_GRACE_S
