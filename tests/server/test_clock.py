from __future__ import annotations

from tertulia_server.clock import now_ms


def test_now_is_in_milliseconds() -> None:
    assert 1_700_000_000_000 < now_ms() < 10_000_000_000_000
