from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tertulia_client.load.loop_lag import LoopLag, waited_s


async def test_blocked_loop_is_booked() -> None:
    lag = LoopLag(time.monotonic)
    watching = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    time.sleep(0.08)  # noqa: ASYNC251 - the fault under test
    while lag.lags.count < 1:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.005)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert lag.lags.max_s >= 0.05


def test_cpu_share_is_none_before_time_has_passed() -> None:
    assert LoopLag(lambda: 5.0).cpu_share == 0.0


def test_cpu_share_counts_our_work() -> None:
    lag = LoopLag(time.monotonic)
    until_s = time.process_time() + 0.02
    while time.process_time() < until_s:
        pass
    assert 0.0 < lag.cpu_share <= 1.5


def test_only_a_whole_window_of_work_counts_as_busy() -> None:
    now_s, cpu_s = [0.0], [0.0]
    lag = LoopLag(lambda: now_s[0], lambda: cpu_s[0])
    for second in range(1, 13):
        now_s[0] += 1
        cpu_s[0] += 1.0 if second in (2, 7, 8, 9, 10, 11) else 0.1
        lag.note(0.001)
        if second == 4:
            assert lag.busiest_share == 0.0
        if second == 6:
            assert lag.busiest_share == pytest.approx((1.0 + 4 * 0.1) / 5)
    assert lag.busiest_share == pytest.approx(1.0)


def test_waiting_for_a_core_is_a_share_of_the_time() -> None:
    now_s, waited = [0.0], [3.0]
    lag = LoopLag(lambda: now_s[0], lambda: 0.0, lambda: waited[0])
    assert lag.waited_share == 0.0
    now_s[0], waited[0] = 4.0, 4.0
    assert lag.waited_share == pytest.approx(0.25)


def test_waiting_is_read_from_the_scheduler_where_it_tells(tmp_path: Path) -> None:
    facts = tmp_path / "schedstat"
    assert waited_s(facts) == 0.0
    facts.write_text("1003470060 1071069402 366\n")
    assert waited_s(facts) == pytest.approx(1.071069402)
    facts.write_text("none\n")
    assert waited_s(facts) == 0.0
    assert waited_s() >= 0.0
