"""One process of a run in several: ``python -m tertulia_client.load.part``, started and led by the one that posts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tertulia_client.address import parse_address
from tertulia_client.api import Api
from tertulia_client.errors import ClientError
from tertulia_client.load.capacity import check_descriptors, reserve_descriptors
from tertulia_client.load.loops import run_quick
from tertulia_client.load.plan import Plan, Verify
from tertulia_client.load.playing import scenario_by
from tertulia_client.load.stage import Posts, Stage, Team
from tertulia_client.load.team import result_of

Hear = Callable[[], Awaitable[Mapping[str, Any]]]
Tell = Callable[[Mapping[str, Any]], None]


class Part(Team):
    """Every so-manieth reader is ours; the posts are another's."""

    def __init__(self, index: int, of: int, hear: Hear, tell: Tell) -> None:
        self._index = index
        self._of = of
        self._hear = hear
        self._tell = tell

    def owns(self, number: int) -> bool:
        return number % self._of == self._index

    async def begin(self, stage: Stage, posts: Posts) -> float:
        stage.publisher.expect(posts())
        self._tell({"ready": True})
        began_s = float((await self._hear())["go"])
        stage.publisher.note_began(began_s)
        self._tell({"going": True})
        return began_s

    async def publish(self, stage: Stage, write: Callable[[], Awaitable[None]]) -> None:
        """Wait until all were written."""
        del write
        if not (await self._hear())["posted"]:
            stage.stopping.set()

    async def settle(self, stage: Stage) -> None:
        for channel, seq in (await self._hear())["heads"].items():
            stage.ledger.note_head(channel, seq)
        await stage.wait_until_settled()


async def play(hear: Hear, tell: Tell) -> None:
    """From the first line to the result; what goes wrong is told as a sentence."""
    orders = await hear()
    values = dict(orders["plan"])
    plan = Plan(**{**values, "address": parse_address(values["address"]), "verify": Verify(values["verify"])})
    team = Part(orders["index"], orders["of"], hear, tell)
    clock = _clock_of_the_lead(float(orders.get("offset_s", 0.0)))
    async with Api(plan.address, token=plan.token) as api:
        stage = Stage(
            *(plan, api, orders["threads"], orders["run"]),
            on_moment=(lambda stage, _: tell({"seen": stage.sight.as_values()})) if orders["is_looked_on"] else None,
            sources=orders["sources"],
            team=team,
            clock=clock,
        )
        try:
            check_descriptors(plan.readers, processes=orders["of"])  # the lead has asked its own machine only
            reserve_descriptors(-(-plan.readers // orders["of"]))
            await scenario_by(plan.scenario, orders["script"]).play(stage)
            tell({"result": result_of(stage)})
        except ClientError as error:
            tell({"error": str(error)})
        except ExceptionGroup as group:
            told, others = group.split(ClientError)
            if told is None or others is not None:
                raise
            tell({"error": str(told.exceptions[0])})
        finally:
            await stage.close()


def _clock_of_the_lead(offset_s: float) -> Callable[[], float]:
    """Ours shows something else on another machine."""
    return (lambda: time.monotonic() + offset_s) if offset_s else time.monotonic


async def _hear_line() -> Mapping[str, Any]:
    line = await asyncio.to_thread(sys.stdin.readline)
    if not line:
        raise ClientError("The process that led the run is gone.")
    heard: Mapping[str, Any] = json.loads(line)
    return heard


def _tell_line(message: Mapping[str, Any]) -> None:
    try:
        print(json.dumps(message), flush=True)  # noqa: T201 - the way to the lead
    except BrokenPipeError:  # nobody leads any more, and what is still in the buffer is for nobody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    run_quick(play(_hear_line, _tell_line))
