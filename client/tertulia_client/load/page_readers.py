"""Pages asked for on a plan, as browsers do: an open model, so that a slow server cannot slow the load."""

from __future__ import annotations

import asyncio
from typing import Final

import httpx2

from tertulia_client.address import ServerAddress
from tertulia_client.load.publisher import MAX_IN_FLIGHT, sleep_or_stop
from tertulia_client.load.stage import Stage

PAGE_TIMEOUT_S: Final = 15.0
PAGE_READ: Final = "page read"


def open_browser(address: ServerAddress) -> httpx2.AsyncClient:
    """A guest's, with room for all that are under way at the same time."""
    return httpx2.AsyncClient(
        base_url=address.origin,
        timeout=PAGE_TIMEOUT_S,
        limits=httpx2.Limits(max_connections=MAX_IN_FLIGHT),
        trust_env=not address.is_loopback,
        verify=address.is_secure,
        follow_redirects=True,
    )


async def read_pages(stage: Stage) -> None:
    """Ask for the pages of the run's threads by turns; times count from when a request was to be sent."""
    plan = stage.plan
    room = asyncio.Semaphore(MAX_IN_FLIGHT)
    choose = plan.chooser("page")
    async with open_browser(plan.address) as browser, asyncio.TaskGroup() as group:
        began_s, arrivals = stage.clock(), plan.arrivals()
        for index in range(plan.post_count):
            planned_s = began_s + arrivals.offset_s(index)
            await sleep_or_stop(planned_s - stage.clock(), stage.stopping)
            await room.acquire()
            if stage.stopping.is_set():
                return
            path = f"/threads/{stage.thread_ids[choose(index)]}"
            task = group.create_task(_read_charted(stage, browser, path, planned_s))
            task.add_done_callback(lambda _: room.release())


async def _read_charted(stage: Stage, browser: httpx2.AsyncClient, path: str, planned_s: float) -> None:
    time_s = await read_page(stage, browser, path, planned_s)
    if time_s is not None:
        stage.timeline.record(time_s)


async def read_page(stage: Stage, browser: httpx2.AsyncClient, path: str, planned_s: float) -> float | None:
    """The time from the plan to the whole answer, which is booked; None for a failure, which is booked as well."""
    try:
        answer = await browser.get(path)
    except httpx2.TransportError as error:
        stage.fail(f"{path}: {str(error) or type(error).__name__}")
        return None
    if answer.status_code != 200:
        stage.fail(f"{path} answers with status {answer.status_code}")
        return None
    time_s = stage.clock() - planned_s
    stage.times(PAGE_READ).record(time_s)
    return time_s
