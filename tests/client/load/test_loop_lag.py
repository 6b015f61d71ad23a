from __future__ import annotations

import asyncio
import time

import pytest

from tertulia_client.load.loop_lag import LoopLag


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
