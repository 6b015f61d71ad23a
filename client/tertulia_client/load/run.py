"""One run of the scenario `crowd`, from the first connection to the report."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.api import Api
from tertulia_client.ledger import Ledger
from tertulia_client.load.capacity import check_ports, reserve_descriptors
from tertulia_client.load.crowd import Crowd
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.loop_lag import LoopLag
from tertulia_client.load.publisher import Publisher
from tertulia_client.load.report import Report
from tertulia_client.load.target import prepare_thread
from tertulia_wire.channels import thread_channel
from tertulia_wire.messages import Event

PREPARE_DEADLINE_S: Final = 3.0
_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class CrowdPlan:
    """``readers`` follow one thread while ``rate`` posts a second are written for ``duration_s``."""

    address: ServerAddress
    token: str
    readers: int
    rate: float
    duration_s: float
    settle_s: float
    thread_id: int | None = None

    @property
    def post_count(self) -> int:
        return max(1, round(self.rate * self.duration_s))


async def run_crowd(
    plan: CrowdPlan, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
) -> Report:
    """Run it; ``say`` hears of the progress. `ClientError` when it cannot begin.

    SIGINT ends the posting early; what was posted is still waited for and reported.
    """
    reserve_descriptors(plan.readers)
    if plan.address.is_loopback:
        check_ports(plan.readers)
    run = secrets.token_hex(4)
    async with Api(plan.address, token=plan.token, deadline_s=PREPARE_DEADLINE_S) as api:
        thread_id = plan.thread_id or await prepare_thread(api, run)
        thread = await api.read_thread(thread_id)
        ledger, delivery_times = Ledger(), Histogram()
        publisher = Publisher(api, thread["id"], run, rate=plan.rate, count=plan.post_count, ledger=ledger, clock=clock)

        def note_delivery(event: Event, arrived_s: float) -> None:
            planned_s = publisher.planned_s(str(event.data.get("key_hash")))
            if planned_s is not None:
                delivery_times.record(arrived_s - planned_s)

        crowd = Crowd(
            plan.address,
            thread_channel(thread_id),
            ledger=ledger,
            clock=clock,
            on_event=note_delivery,
            token=plan.token,
        )
        try:
            return await _measure(plan, run, crowd, publisher, ledger, delivery_times, clock, say)
        finally:
            await crowd.close()


async def _measure(
    plan: CrowdPlan,
    run: str,
    crowd: Crowd,
    publisher: Publisher,
    ledger: Ledger,
    delivery_times: Histogram,
    clock: Callable[[], float],
    say: Callable[[str], None],
) -> Report:
    say(f"connecting {plan.readers:,} readers to {plan.address.origin}")
    began_s = clock()
    await crowd.connect_all(plan.readers)
    connect_s = clock() - began_s
    say(f"connected after {connect_s:.1f} s; {plan.post_count:,} posts at {plan.rate:g}/s follow")
    lag = LoopLag(clock)
    watching = asyncio.create_task(lag.run(), name="loop lag")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stopping.set)
    try:
        await publisher.run(stopping)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    say("posted; waiting for the last deliveries")
    await _settle(ledger, clock() + plan.settle_s, clock)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return Report(
        run=run,
        thread_url=f"{plan.address.origin}/threads/{publisher.thread_id}",
        readers=plan.readers,
        connected=crowd.connected,
        reconnects=crowd.reconnects,
        connect_s=connect_s,
        connect_times=crowd.connect_times,
        acknowledged=publisher.acknowledged,
        failed=publisher.failed,
        first_failure=publisher.first_failure,
        acknowledge_times=publisher.acknowledge_times,
        delivery_times=delivery_times,
        balance=ledger.balance(),
        complaints=list(ledger.complaints()),
        loop_lags=lag.lags,
        cpu_share=lag.cpu_share,
        is_cut_short=stopping.is_set(),
    )


async def _settle(ledger: Ledger, deadline_s: float, clock: Callable[[], float]) -> None:
    """Wait until nobody misses anything, or it is too late; then once more, for what comes twice."""
    while not ledger.is_settled and clock() < deadline_s:  # noqa: ASYNC110 - booked too often to be told each time
        await asyncio.sleep(_POLL_S)
    await asyncio.sleep(_POLL_S)
