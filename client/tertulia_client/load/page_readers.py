"""Pages asked for on a plan, as browsers do: an open model, so that a slow server cannot slow the load."""

from __future__ import annotations

import asyncio
from typing import Final

import httpx2

from tertulia_client.load.publisher import MAX_IN_FLIGHT, sleep_or_stop
from tertulia_client.load.stage import Stage

PAGE_TIMEOUT_S: Final = 15.0
PAGE_READ: Final = "page read"


async def read_pages(stage: Stage) -> None:
    """Ask for the pages of the run's threads by turns; times count from when a request was to be sent."""
    plan, address = stage.plan, stage.plan.address
    room = asyncio.Semaphore(MAX_IN_FLIGHT)
    choose = plan.chooser("page")
    limits = httpx2.Limits(max_connections=MAX_IN_FLIGHT)
    async with (
        httpx2.AsyncClient(
            base_url=address.origin,
            timeout=PAGE_TIMEOUT_S,
            limits=limits,
            trust_env=not address.is_loopback,
            follow_redirects=True,
        ) as browser,
        asyncio.TaskGroup() as group,
    ):
        began_s = stage.clock()
        for index in range(plan.post_count):
            planned_s = began_s + index / plan.rate
            await sleep_or_stop(planned_s - stage.clock(), stage.stopping)
            await room.acquire()
            if stage.stopping.is_set():
                return
            path = f"/threads/{stage.thread_ids[choose(index)]}"
            task = group.create_task(_read(stage, browser, path, planned_s))
            task.add_done_callback(lambda _: room.release())


async def _read(stage: Stage, browser: httpx2.AsyncClient, path: str, planned_s: float) -> None:
    try:
        answer = await browser.get(path)
    except httpx2.TransportError as error:
        stage.fail(f"{path}: {str(error) or type(error).__name__}")
        return
    if answer.status_code != 200:
        stage.fail(f"{path} answers with status {answer.status_code}")
        return
    time_s = stage.clock() - planned_s
    stage.times(PAGE_READ).record(time_s)
    stage.timeline.record(time_s)
