"""What the generator would measure if the server cost nothing: a short run against the null server."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Final

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.ledger import Ledger
from tertulia_client.load.crowd import Crowd
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.null_server import CHANNEL, PLANNED_US
from tertulia_client.load.plan import Plan
from tertulia_wire.messages import Event

CALIBRATION_S: Final = 3.0
START_LIMIT_S: Final = 15.0
MIN_RATE: Final = 2.0
"""A few events at least, however slow the run will be."""


async def calibrate(plan: Plan, duration_s: float = CALIBRATION_S) -> Histogram:
    """Times from plan to reader, with as many readers and events a second. `ClientError` if it does not begin."""
    times = Histogram()

    def note(event: Event, arrived_s: float, _: float | None) -> None:
        planned_us = event.data.get(PLANNED_US)
        if isinstance(planned_us, int):
            times.record(arrived_s - planned_us / 1e6)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tertulia_client.load.null_server", str(max(MIN_RATE, plan.rate))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None  # noqa: S101 - asked for above
    assert process.stdout is not None  # noqa: S101 - as well
    try:
        async with asyncio.timeout(START_LIMIT_S):
            port = (await process.stdout.readline()).decode().strip()
        address = parse_address(f"http://127.0.0.1:{port}")
        crowd = Crowd(
            address, lambda _: CHANNEL, ledger=Ledger(), clock=time.monotonic, on_event=note, books=lambda _: False
        )
        try:
            await crowd.connect_all(max(1, plan.readers))
            times = Histogram()  # what came while others still shook hands is another measurement
            await asyncio.sleep(duration_s)
        finally:
            await crowd.close()
    except TimeoutError:
        raise ClientError("The null server of the calibration did not start.") from None
    finally:
        process.stdin.close()
        await process.wait()
    return times
