from __future__ import annotations

import asyncio

from tertulia_client.address import parse_address
from tertulia_client.load.calibration import calibrate
from tertulia_client.load.plan import Plan


async def test_null_server_is_measured_from_the_plan_to_the_readers() -> None:
    plan = Plan("crowd", parse_address("http://127.0.0.1:1"), "t", 5, rate=50, duration_s=1, settle_s=1)
    async with asyncio.timeout(30):
        times = await calibrate(plan, duration_s=0.5)
    assert times.count >= 5
    assert 0 < times.percentile_s(50) < 5
