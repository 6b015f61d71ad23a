from __future__ import annotations

import asyncio
import time

from tertulia_server.live.loop_lag import INTERVAL_S, LoopLag

LIMIT_S = 10.0


async def test_what_holds_the_loop_is_seen() -> None:
    meter = LoopLag()
    meter.start()
    await asyncio.sleep(0)
    time.sleep(INTERVAL_S + 0.3)  # noqa: ASYNC251 - the mistake that is to be found
    async with asyncio.timeout(LIMIT_S):
        while not meter.lags.count:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0)
    assert meter.lags.sum_s >= 0.3
    await meter.close()
