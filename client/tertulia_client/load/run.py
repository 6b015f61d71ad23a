"""One run of a scenario, from the first connection to the report."""

from __future__ import annotations

import asyncio
import resource
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from tertulia_client.api import Api
from tertulia_client.load.capacity import reserve_descriptors
from tertulia_client.load.grounds import lay_out
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.plan import Plan
from tertulia_client.load.provenance import provenance
from tertulia_client.load.report import Report
from tertulia_client.load.scenarios import Scenario
from tertulia_client.load.stage import OnMoment, Say, Stage, Team

RUSAGE_UNIT_BYTES: Final = 1 if sys.platform == "darwin" else 1024
"""In which the system counts resident memory: getrusage(2)."""


async def run_scenario(
    scenario: Scenario,
    plan: Plan,
    say: Say,
    *,
    floor: Histogram | None = None,
    on_moment: OnMoment | None = None,
    sources: Sequence[str] = (),
    faults: Sequence[Callable[[Stage], Awaitable[None]]] = (),
    watchers: Sequence[Callable[[Stage], Awaitable[None]]] = (),
    team: Team | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Run it; ``say`` hears of the progress. `ClientError` when it cannot begin.

    ``floor``: the times of a calibration. SIGINT ends the posting early; what was posted is still waited for and
    reported. A second one ends the run without a report.
    """
    reserve_descriptors(0 if team else plan.readers)
    run = secrets.token_hex(4)
    async with lay_out(plan, run, say) as grounds, Api(plan.address, token=grounds.plan.token) as api:
        stage = Stage(
            grounds.plan,
            api,
            grounds.thread_ids,
            run,
            say=say,
            on_moment=on_moment,
            sources=sources,
            faults=faults,
            watchers=watchers,
            team=team,
            clock=clock,
        )
        try:
            with stopped_by_interrupt(stage.stopping, say):
                await scenario.play(stage)
            report = report_of(stage, floor)
        finally:
            await stage.close()
            grounds.post_ids = stage.publisher.post_ids
        return report


@contextmanager
def stopped_by_interrupt(stopping: asyncio.Event, say: Say) -> Iterator[None]:
    """The first signal ends the posting, the second one the run; either way its traces are removed."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a run is one

    def stop() -> None:
        if stopping.is_set():
            task.cancel()
        else:
            say("stopping: what was posted is still waited for (once more, and the run ends without a report)")
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def report_of(stage: Stage, floor: Histogram | None = None) -> Report:
    """What the stage has booked so far."""
    plan, crowd, publisher = stage.plan, stage.crowd, stage.publisher
    other_times = {
        "catch-up": crowd.catch_up_times,
        **stage.other_times,
    }
    if floor is not None:
        other_times["null server"] = floor
    return Report(
        scenario=plan.scenario,
        seed=plan.seed,
        run=stage.run,
        thread_url=f"{plan.address.origin}/threads/{stage.thread_ids[0]}",
        readers=plan.readers,
        connected=stage.connected,
        reconnects=crowd.reconnects,
        connect_s=stage.connect_s,
        connect_times=crowd.connect_times,
        acknowledged=publisher.acknowledged,
        failed=publisher.failed + stage.failed,
        first_failure=publisher.first_failure or stage.first_failure,
        acknowledge_times=publisher.acknowledge_times,
        delivery_times=stage.delivery_times,
        parts=stage.parts,
        memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RUSAGE_UNIT_BYTES,
        server_moments=stage.server_moments,
        other_times={name: times for name, times in other_times.items() if times.count},
        balance=stage.balance,
        complaints=stage.complaints,
        loop_lags=stage.lag.lags,
        cpu_share=stage.lag.cpu_share,
        busiest_share=stage.lag.busiest_share,
        waited_share=stage.waited_share,
        verify=plan.verify.value,
        moments=stage.timeline.moments,
        marks=stage.timeline.marks,
        is_cut_short=stage.stopping.is_set(),
        gone_at_s=stage.gone_at_s,
        notes=stage.notes,
        provenance=provenance(),
    )
