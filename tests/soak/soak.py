"""A soak: a world with people in it, faults by the dice, and at the end the verdict of the checker."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor
from tests.postgresql import PostgresServer
from tests.soak.checker import check
from tests.soak.complaints import complaints
from tests.soak.delays import Delay, acknowledged_times, delays, reconnections
from tests.soak.followers import Follower
from tests.soak.http_followers import PollFollower, SseFollower
from tests.soak.live_follower import LiveFollower
from tests.soak.reading import Reader
from tests.soak.records import RecordFile, Seen, read_history, read_records
from tests.soak.scene import Injection, Scene, inject
from tests.soak.schedule import Planned
from tests.soak.settings import Crowd
from tests.soak.table import Table
from tests.soak.verdict import Truth, Violation
from tests.soak.world import World, Writing
from tests.soak.writers import Writer

SETTLE_S: Final = (0.1, 0.8)
"""Between two groups of faults."""

ACKNOWLEDGE_LIMIT_S: Final = 60.0
PROGRESS_S: Final = 10.0
SHOWN_DELAYS: Final = 10
TRANSPORTS: Final = (
    partial(LiveFollower, encoding=Encoding.MSGPACK),
    SseFollower,
    partial(LiveFollower, encoding=Encoding.JSON),
    PollFollower,
)


@dataclass
class Report:
    """What came of it. ``failures`` are of the run itself: somebody who could not do what is asked of them."""

    table: Table
    violations: list[Violation]
    slowest: list[Delay]
    injections: list[Injection]
    acknowledged_count: int
    retry_count: int
    failed_starts: int
    complaints: Counter[str]
    failures: list[str] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        return not self.violations and not self.failures


class Soak:
    """One run in a world that is open. ``say`` gets a line of progress now and then."""

    def __init__(
        self, world: World, writing: Writing, dice: random.Random, crowd: Crowd, say: Callable[[str], None],
        postgresql: PostgresServer | None = None,
    ) -> None:  # fmt: skip
        self._world = world
        self._writing = writing
        self._dice = dice
        self._crowd = crowd
        self._say = say
        self._folder = world.folder / "records"
        self._folder.mkdir()
        self._injections: list[Injection] = []
        self._renewed_ms: list[int] = []
        self._failures: list[str] = []
        self._is_over = False
        self._followers: list[Follower] = []
        self._writers = [self._make_writer(number) for number in range(crowd.writers)]
        self._burster = self._make_writer(crowd.writers)
        self._postgresql = postgresql

    async def run(self, groups: Iterator[list[Planned]], seconds: float) -> Report:
        """Let people in, do harm for so long, let everybody catch up, and have it all checked."""
        await self._let_followers_in()
        following = [asyncio.create_task(one.run(), name=one.name) for one in self._followers]
        writing = [asyncio.create_task(one.run(lambda: self._is_over), name=one.name) for one in self._writers]
        progress = asyncio.create_task(self._tell_progress())
        try:
            await self._do_harm(groups, seconds)
            await self._finish_writing(writing)
            await self._let_catch_up()
        finally:
            await _end([*following, *writing, progress])
            for writer in (*self._writers, self._burster):
                await writer.close()
        self._failures += [f"{task.get_name()}: {task.exception()!r}" for task in following if _has_failed(task)]
        truth = await self._read_again()
        return self._judge(truth)

    def _make_writer(self, number: int) -> Writer:
        file = RecordFile(self._folder / f"w{number + 1:02}.acknowledged")
        dice = random.Random(self._dice.random())
        writer = Writer(number, self._writing, self._world.doors, self._world.clock, dice, file)
        writer.pace_s = self._crowd.pace_s
        return writer

    async def _let_followers_in(self) -> None:
        """Each follows some channels: from now on, from where they stand, or from their beginning."""
        reader = Reader(self._world.workers[0].server.url, self._writing)
        now = await reader.read_cursors()
        await reader.close()
        for number in range(self._crowd.followers):
            threads = sorted(channel for channel in now if channel.startswith("thread:"))
            forums = sorted(channel for channel in now if channel.startswith("forum:"))
            chosen = self._dice.sample(threads, self._dice.randint(1, 3)) + self._dice.choice([[], forums[:1], forums])
            start = self._dice.choice([None, 0, 1])
            cursors = {
                name: None if start is None else Cursor(now[name].epoch, now[name].seq * start) for name in chosen
            }
            dice = random.Random(self._dice.random())
            make = TRANSPORTS[number % len(TRANSPORTS)]
            name = f"f{number + 1:02}"
            follower = make(name, self._folder, self._world.doors, cursors, self._world.clock, dice)
            follower.old_start_share = self._crowd.old_start_share
            self._followers.append(follower)

    async def _do_harm(self, groups: Iterator[list[Planned]], seconds: float) -> None:
        scene = Scene(self._world, self._followers, self._burster, self._renewed_ms, self._postgresql)
        until_ms = self._world.clock() + seconds * 1000
        while self._world.clock() < until_ms:
            async with asyncio.TaskGroup() as group:
                for planned in next(groups):
                    group.create_task(self._inject(planned, scene))
            await asyncio.sleep(self._dice.uniform(*SETTLE_S))

    async def _inject(self, planned: Planned, scene: Scene) -> None:
        await asyncio.sleep(planned.lead_s)
        try:
            self._injections.append(await inject(planned.fault, scene, planned.seed))
        except (AssertionError, OSError, ExceptionGroup) as error:
            self._failures.append(f"{planned.fault.name!r} at {self._world.clock()} ms: {_first_line(error)}")

    async def _finish_writing(self, writing: Sequence[asyncio.Task[None]]) -> None:
        """Every request under way must be answered in the end."""
        self._is_over = True
        done, waiting = await asyncio.wait(writing, timeout=ACKNOWLEDGE_LIMIT_S)
        self._failures += [f"{task.get_name()}: {task.exception()!r}" for task in done if _has_failed(task)]
        self._failures += [f"{task.get_name()} is not answered for {ACKNOWLEDGE_LIMIT_S:g} s" for task in waiting]

    async def _let_catch_up(self) -> None:
        """Whoever has not reached the heads in time is left to the checker, which names what is missing."""
        reader = Reader(self._world.workers[0].server.url, self._writing)
        heads = {channel: cursor.seq for channel, cursor in (await reader.read_cursors()).items()}
        await reader.close()
        for follower in self._followers:
            follower.stay()
        waiting = [asyncio.create_task(follower.wait_for(heads)) for follower in self._followers]
        await asyncio.wait(waiting, timeout=self._crowd.catch_up_s)
        await _end(waiting)

    async def _read_again(self) -> Truth:
        """From one worker that was started for it, when nobody else is left."""
        for worker in self._world.workers:
            await worker.stop()
        first = self._world.workers[0]
        await first.restart()
        reader = Reader(first.server.url, self._writing)
        try:
            return await reader.read_truth()
        finally:
            await reader.close()

    def _judge(self, truth: Truth) -> Report:
        acknowledged = [entry for path in sorted(self._folder.glob("*.acknowledged")) for entry in read_records(path)]
        histories = [read_history(path) for path in sorted(self._folder.glob("*.jsonl"))]
        violations = check(acknowledged, histories, truth, renewed_ms=self._renewed_ms)
        times = acknowledged_times(acknowledged, truth)
        table = Table(self._injections)
        all_delays = [one for history in histories for one in delays(history, times, self._injections)]
        table.enter_deliveries(
            record.at_ms for history in histories for record in history.records if isinstance(record, Seen)
        )
        table.enter_violations(violations)
        table.enter_delays(all_delays)
        table.enter_reconnections(one for history in histories for one in reconnections(history))
        return Report(
            table=table,
            violations=violations,
            slowest=sorted(all_delays, key=lambda one: one.length_ms)[: -SHOWN_DELAYS - 1 : -1],
            injections=self._injections,
            acknowledged_count=len(acknowledged),
            retry_count=sum(writer.retry_count for writer in (*self._writers, self._burster)),
            failed_starts=sum(worker.failed_starts for worker in self._world.workers),
            complaints=complaints(worker.server.log for worker in self._world.workers),
            failures=self._failures,
        )

    async def _tell_progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            events = sum(follower.event_count for follower in self._followers)
            written = sum(writer.acknowledged_count for writer in (*self._writers, self._burster))
            self._say(
                f"{self._world.clock() / 1000:6.0f} s  {len(self._injections)} faults, {written} changes "
                f"acknowledged, {events} events delivered"
            )


def _first_line(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error) or repr(error)).splitlines()[0]


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
