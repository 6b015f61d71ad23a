"""A run in several processes: one leads and posts, each part holds its share of the readers and keeps its own books.

All play the same scenario from the same plan, so that little must be said: a part tells that its readers are there, the
lead when the posts begin and end and where the heads are then, a part what it has booked. Lines of JSON, over the
standard input and output of processes that the lead has started on this machine, whose monotonic clock they share.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any, Final, Self

from tertulia_client.errors import ClientError
from tertulia_client.ledger import Balance
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.plan import Plan
from tertulia_client.load.stage import Stage, Team

MAX_LINE_BYTES: Final = 256 * 1024 * 1024
MAX_COMPLAINTS_SENT: Final = 100
READY_LIMIT_S: Final = 300.0
RESULT_LIMIT_S: Final = 60.0
"""Beyond the time for the last deliveries."""

HEAD_START_S: Final = 0.25
"""Between telling the parts when the posts begin and the first post."""


class Lead(Team):
    """``async with Lead(count) as lead``: the team of the stage that posts. It holds no readers itself."""

    def __init__(self, count: int, sources: Sequence[str] = ()) -> None:
        self._count = count
        self._sources = sources
        self._parts: list[asyncio.subprocess.Process] = []
        self.results: list[Mapping[str, Any]] = []

    async def __aenter__(self) -> Self:
        for _ in range(self._count):
            self._parts.append(
                await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tertulia_client.load.part"),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    limit=MAX_LINE_BYTES,
                    start_new_session=True,  # Ctrl-C is for the lead, which lets the others end in order
                )
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for part in self._parts:
            if part.returncode is None and error is not None:
                part.kill()
            if part.stdin is not None:
                part.stdin.close()
        await asyncio.gather(*(part.wait() for part in self._parts))

    def owns(self, number: int) -> bool:
        del number
        return False

    async def begin(self, stage: Stage) -> float:
        """Each part has been told what to play when its stage was made; now all readers must be there."""
        stage.say(f"{self._count} processes connect {stage.plan.readers:,} readers")
        self._tell({"plan": plan_values(stage.plan), "run": stage.run, "threads": list(stage.thread_ids)})
        await self._hear("ready", READY_LIMIT_S)
        began_s = stage.clock() + HEAD_START_S
        self._tell({"go": began_s})
        await self._hear("going", READY_LIMIT_S)
        return began_s

    async def publish(self, stage: Stage, began_s: float) -> None:
        try:
            await stage.publisher.run(stage.stopping, began_s=began_s)
        finally:
            self._tell({"posted": not stage.stopping.is_set()})

    async def settle(self, stage: Stage) -> None:
        """Heads go out, books come in."""
        self._tell({"heads": stage.ledger.heads})
        self.results = await self._hear("result", stage.plan.settle_s + RESULT_LIMIT_S)
        for result in self.results:
            take_result(stage, result)

    def _tell(self, message: Mapping[str, Any]) -> None:
        for index, part in enumerate(self._parts):
            assert part.stdin is not None  # noqa: S101 - asked for above
            line = {**message, "index": index, "of": self._count, "sources": list(self._sources)}
            part.stdin.write(json.dumps(line).encode() + b"\n")

    async def _hear(self, key: str, limit_s: float) -> list[Any]:
        """One line of each part; `ClientError` when one says that it cannot, or says nothing any more."""
        answers = []
        for part in self._parts:
            assert part.stdout is not None  # noqa: S101 - asked for above
            try:
                async with asyncio.timeout(limit_s):
                    line = await part.stdout.readline()
            except TimeoutError:
                raise ClientError(f"A process of the run said nothing for {limit_s:g} s.") from None
            answer = json.loads(line) if line else {}
            if key not in answer:
                raise ClientError(str(answer.get("error", "A process of the run ended before its time.")))
            answers.append(answer[key])
        return answers


def plan_values(plan: Plan) -> Mapping[str, Any]:
    """For a line of JSON."""
    return {**asdict(plan), "address": plan.address.origin, "verify": plan.verify.value}


def result_of(stage: Stage) -> Mapping[str, Any]:
    """What a part has booked."""
    times = {
        "delivery": stage.delivery_times,
        "whole": stage.parts.whole,
        "server": stage.parts.server,
        "generator": stage.parts.generator,
        "lag": stage.lag.lags,
        "connect": stage.crowd.connect_times,
        "catch_up": stage.crowd.catch_up_times,
    }
    return {
        "times": {name: histogram.as_values() for name, histogram in times.items()},
        "other_times": {name: histogram.as_values() for name, histogram in stage.other_times.items()},
        "balance": asdict(stage.ledger.balance()),
        "complaints": [text for text, _ in zip(stage.ledger.complaints(), range(MAX_COMPLAINTS_SENT), strict=False)],
        "connected": stage.crowd.connected,
        "reconnects": stage.crowd.reconnects,
        "connect_s": stage.connect_s,
        "failed": stage.failed,
        "first_failure": stage.first_failure,
        "busiest_share": max(stage.lag.busiest_share, stage.lag.cpu_share),
        "moments": [
            [moment.connected, histogram]
            for moment, histogram in zip(stage.timeline.moments, stage.timeline.counts, strict=False)
        ],
    }


def take_result(stage: Stage, result: Mapping[str, Any]) -> None:
    """Add the books of a part to those of the lead."""
    times = {
        "delivery": stage.delivery_times,
        "whole": stage.parts.whole,
        "server": stage.parts.server,
        "generator": stage.parts.generator,
        "lag": stage.lag.lags,
        "connect": stage.crowd.connect_times,
        "catch_up": stage.crowd.catch_up_times,
    }
    for name, histogram in times.items():
        histogram.merge(result["times"][name])
    for name, values in result["other_times"].items():
        stage.times(name).merge(values)
    stage.add_books(Balance(**result["balance"]), result["complaints"], connected=result["connected"])
    stage.crowd.reconnects += result["reconnects"]
    stage.connect_s = max(stage.connect_s, result["connect_s"])
    stage.failed += result["failed"]
    stage.first_failure = stage.first_failure or result["first_failure"]
    stage.lag.busiest_share = max(stage.lag.busiest_share, result["busiest_share"])
    timeline = stage.timeline
    for index, (connected, values) in enumerate(result["moments"][: len(timeline.moments)]):
        histogram = Histogram()
        histogram.merge(timeline.counts[index])
        histogram.merge(values)
        timeline.counts[index] = histogram.as_values()
        moment = timeline.moments[index]
        timeline.moments[index] = replace(
            moment,
            connected=moment.connected + connected,
            deliveries=histogram.count,
            p50_s=histogram.percentile_s(50),
            p99_s=histogram.percentile_s(99),
            max_s=histogram.max_s,
        )
