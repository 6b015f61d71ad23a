"""A bot file as virtual user: the bot runs as it stands, and is told where; posts are written for it to handle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from tertulia_client.bot import Bot
from tertulia_client.bots.collection import NextCall
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, Reset
from tertulia_client.load.stage import POLL_S, Stage
from tertulia_wire.channels import thread_channel

LIVE_LIMIT_S: Final = 15.0
BEGUN: Final = "bot begins"
DONE: Final = "bot is done"


async def play_bots(make: Callable[[], Bot], stage: Stage) -> None:
    """Start ``plan.bots`` of them, wait until they are live, and post. `ClientError` when one cannot run."""
    plan = stage.plan
    if not plan.bot_token:
        raise ClientError("A bot does not hear what its own account writes: give it another with --bot-token.")
    bots = [make() for _ in range(plan.bots)]
    channels = [thread_channel(thread_id) for thread_id in stage.thread_ids]
    for bot in bots:
        bot.point_at(plan.address, plan.bot_token, channels)
        bot.middleware(timed(stage))
    tasks = [asyncio.create_task(bot.serve()) for bot in bots]
    try:
        await stage.gather()
        stage.say(f"starting {len(bots)} bots")
        await _wait_until_live(bots, tasks)
        await stage.post()
        await _wait_until_done(bots, stage)
        for bot in bots:
            figures = bot.health.figures
            for _ in range(figures.dead_letters + figures.dropped):
                stage.fail("a bot gave up on an event")
    finally:
        for bot in bots:
            bot.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


def timed(stage: Stage) -> Callable[[Event | Reset, NextCall], Any]:
    """A middleware: how long after a post's planned time a handler began with it, and was done."""

    async def around(event: Event | Reset, call_next: NextCall) -> Any:
        data = getattr(event, "data", None) or {}
        planned_s = stage.publisher.planned_s(str(data.get("key_hash")))
        if planned_s is None:
            return await call_next(event)
        stage.times(BEGUN).record(stage.clock() - planned_s)
        try:
            return await call_next(event)
        finally:
            stage.times(DONE).record(stage.clock() - planned_s)

    return around


async def _wait_until_live(bots: list[Bot], tasks: list[asyncio.Task[None]]) -> None:
    try:
        async with asyncio.timeout(LIVE_LIMIT_S):
            while not all(bot.is_live for bot in bots):
                for task in tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise ClientError("A bot was not live in time.") from None


def _is_behind(bot: Bot, stage: Stage) -> bool:
    """Whether it has not yet handled all that is known to be in its channels."""
    places = bot.places
    channels = [thread_channel(thread_id) for thread_id in stage.thread_ids]
    return any(stage.ledger.head(name) > (places[name].seq if name in places else 0) for name in channels)


async def _wait_until_done(bots: list[Bot], stage: Stage) -> None:
    deadline_s = stage.clock() + stage.plan.settle_s
    while any(_is_behind(bot, stage) for bot in bots):
        if stage.clock() >= deadline_s:
            stage.fail("a bot had not handled everything in time")
            return
        await asyncio.sleep(POLL_S)
