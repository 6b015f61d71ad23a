"""A run in several processes: one leads and posts, each part holds its share of the readers and keeps its own books.

All play the same scenario from the same plan, so that little must be said: a part tells that its readers are there, the
lead when the posts begin and end and where the heads are then, a part what it has booked. A part is a process that the
lead has started on this machine, whose monotonic clock they share, or an agent's, which is told by how much its own
differs.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

from tertulia_client.address import ServerAddress
from tertulia_client.errors import ClientError
from tertulia_client.ledger import Balance
from tertulia_client.load.agents.remote import Remote
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.member import Member, OwnProcess
from tertulia_client.load.plan import Plan
from tertulia_client.load.sight import Sight
from tertulia_client.load.stage import Posts, Stage, Team

MAX_COMPLAINTS_SENT: Final = 100
READY_LIMIT_S: Final = 300.0
RESULT_LIMIT_S: Final = 60.0
"""Beyond the time for the last deliveries."""

HEAD_START_S: Final = 0.25
"""Between telling the parts when the posts begin and the first post."""


class Lead(Team):
    """``async with Lead(count) as lead``: the team of the stage that posts. It holds no readers itself.

    So many processes of its own share the readers with the ``agents``; those of its own have them connect from
    ``sources``.
    """

    def __init__(
        self,
        count: int,
        sources: Sequence[str] = (),
        *,
        agents: Sequence[ServerAddress] = (),
        secret: bytes = b"",
        tls: ssl.SSLContext | None = None,
        script: Mapping[str, Any] | None = None,
    ) -> None:
        """``script`` is `orders_of` the scenario, where it has one."""
        self._count = count
        self._sources = sources
        self._agents = agents
        self._secret = secret
        self._tls = tls
        self._script = script
        self._members: list[Member] = []
        self._hearing: list[asyncio.Task[Mapping[str, Any]]] = []
        self._seen: dict[int, Mapping[str, Any]] = {}
        """What each member saw last."""
        self.results: list[Mapping[str, Any]] = []

    async def __aenter__(self) -> Self:
        try:
            for place in self._agents:
                self._members.append(await Remote.call(place, self._secret, self._tls))
            for _ in range(self._count):
                self._members.append(await OwnProcess.start())
        except BaseException:
            await self._close(is_orderly=False)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close(is_orderly=error is None)

    async def _close(self, *, is_orderly: bool) -> None:
        for hearing in self._hearing:
            hearing.cancel()
        await asyncio.gather(*self._hearing, return_exceptions=True)
        await asyncio.gather(*(member.close(is_orderly=is_orderly) for member in self._members))

    def owns(self, number: int) -> bool:
        del number
        return False

    async def begin(self, stage: Stage, posts: Posts) -> float:
        """Each part is told what to play; then all readers must be there, or ready to come."""
        del posts  # they make the plan of it themselves
        plan = stage.plan
        if not all(member.has_our_clock for member in self._members):
            plan = replace(plan, stamped_readers=0)  # stamps of some would stand for all, whose clocks are less sure
        stage.say(f"{self._members_in_words()} connect {plan.readers:,} readers")
        orders = {"plan": plan_values(plan), "run": stage.run, "threads": list(stage.thread_ids)}
        self._tell({**orders, "script": self._script, "is_looked_on": stage.is_looked_on})
        await self._hear("ready", READY_LIMIT_S)
        began_s = stage.clock() + HEAD_START_S
        self._tell({"go": began_s})
        await self._hear("going", READY_LIMIT_S)
        return began_s

    async def publish(self, stage: Stage, write: Callable[[], Awaitable[None]]) -> None:
        """Until all is posted, or a part ends before its time."""
        self._listen()
        posting = asyncio.ensure_future(write())
        try:
            await asyncio.wait({posting, *self._hearing}, return_when=asyncio.FIRST_COMPLETED)
            if not posting.done():
                self._raise_what_was_heard()
            await posting
        finally:
            posting.cancel()
            await asyncio.gather(posting, return_exceptions=True)
            self._tell({"posted": not stage.stopping.is_set()})

    async def settle(self, stage: Stage) -> None:
        """Heads go out, books come in."""
        self._tell({"heads": stage.ledger.heads})
        self.results = await self._hear("result", stage.plan.settle_s + RESULT_LIMIT_S)
        for result in self.results:
            take_result(stage, result)
        for member in self._members:
            if words := await member.last_words():
                stage.notes.append(words)

    def seen(self, sight: Sight) -> Sight:
        """With what the members saw last, which may be a second old."""
        together = sight.apart()
        for values in self._seen.values():
            together.add(values)
        return together

    def _members_in_words(self) -> str:
        counts = ((self._count, "process", "processes"), (len(self._agents), "agent", "agents"))
        return " and ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)

    def _tell(self, message: Mapping[str, Any]) -> None:
        for index, member in enumerate(self._members):
            sources = list(self._sources) if isinstance(member, OwnProcess) else []
            shares = {"index": index, "of": len(self._members), "sources": sources}
            member.tell({**message, **shares, "offset_s": member.offset.offset_s})

    def _listen(self) -> None:
        if not self._hearing:
            self._hearing = [
                asyncio.create_task(_answer_of(member, partial(self._seen.__setitem__, index)))
                for index, member in enumerate(self._members)
            ]

    def _raise_what_was_heard(self) -> None:
        """A part has said something while there was nothing to say: why it cannot go on, or nothing any more."""
        for member, hearing in zip(self._members, self._hearing, strict=True):
            if hearing.done():
                hearing.result()
                raise ClientError(f"{member.name} ended before its time.")

    async def _hear(self, key: str, limit_s: float) -> list[Any]:
        """One line of each part; `ClientError` when one says that it cannot, or says nothing any more."""
        self._listen()
        done, silent = await asyncio.wait(self._hearing, timeout=limit_s, return_when=asyncio.FIRST_EXCEPTION)
        answers = []
        for hearing in done:
            hearing.result()  # the first that failed, not the first that is asked
        for member, hearing in zip(self._members, self._hearing, strict=True):
            if hearing in silent:
                raise ClientError(f"{member.name} said nothing for {limit_s:g} s.")
            if key not in hearing.result():
                raise ClientError(f"{member.name} ended before its time.")
            answers.append(hearing.result()[key])
        self._hearing = []
        return answers


async def _answer_of(member: Member, note_seen: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any]:
    """The next that is one; what it sees meanwhile is noted."""
    try:
        while (answer := await member.hear()) is not None and "seen" in answer:
            note_seen(answer["seen"])
    except ClientError as error:
        raise ClientError(f"{member.name} ended before its time: {error}") from None
    if answer is None:
        raise ClientError(f"{member.name} ended before its time.")
    if "error" in answer:
        raise ClientError(
            str(answer["error"]) if isinstance(member, OwnProcess) else f"{member.name}: {answer['error']}"
        )
    return answer


def plan_values(plan: Plan) -> Mapping[str, Any]:
    """For a line of JSON."""
    return {**asdict(plan), "address": plan.address.origin, "verify": plan.verify.value}


def _times_of(stage: Stage) -> Mapping[str, Histogram]:
    return {
        "delivery": stage.delivery_times,
        "whole": stage.parts.whole,
        "server": stage.parts.server,
        "generator": stage.parts.generator,
        "lag": stage.lag.lags,
        "connect": stage.crowd.connect_times,
        "catch_up": stage.crowd.catch_up_times,
    }


def result_of(stage: Stage) -> Mapping[str, Any]:
    """What a part has booked."""
    times = _times_of(stage)
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
        "waited_share": stage.waited_share,
        "moments": [
            [moment.connected, histogram]
            for moment, histogram in zip(stage.timeline.moments, stage.timeline.counts, strict=False)
        ],
    }


def take_result(stage: Stage, result: Mapping[str, Any]) -> None:
    """Add the books of a part to those of the lead."""
    times = _times_of(stage)
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
    stage.others_waited_share = max(stage.others_waited_share, result["waited_share"])
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
