"""What all channels of a hub share: the clock, turns, the budget of memory, reads of the log, the epoch, the gate."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from tertulia_server.hub.budget import Budget
from tertulia_server.hub.figures import Figures
from tertulia_server.hub.gate import Gate
from tertulia_server.hub.ports import LogRead, LogSource, ReadDone, Scheduler

TURNS_PER_SLICE: Final = 64
"""Steps of lagging readers between two yields to the loop: one step is at most one frame, about 20 µs."""

MAX_READS_AT_ONCE: Final = 8
"""Reads of the log that one worker asks of the store together; the others wait in line, so that a stampede of
returning readers leaves room for pages and posts."""


class Core:
    """One per hub."""

    def __init__(self, scheduler: Scheduler, log_source: LogSource, budget: Budget, round_delay_s: float = 0.0) -> None:
        self.round_delay_s = round_delay_s
        self.scheduler = scheduler
        self.budget = budget
        self.turns = Turns(scheduler)
        self.reads = Reads(log_source)
        self.figures = Figures()
        self.gate = Gate()
        self.epoch = ""
        self.repair_count = 0
        self.on_doubt: Callable[[], None] = _nothing
        self.on_renew: Callable[[], None] = _nothing

    def doubt(self) -> None:
        """Something does not fit the log that we believe in: somebody should look at the store."""
        self.on_doubt()


def _nothing() -> None:
    return None


class Turns:
    """Steps of work, in order of arrival, in slices with a yield to the loop between them."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._steps: deque[Callable[[], None]] = deque()
        self._is_scheduled = False

    def add(self, step: Callable[[], None]) -> None:
        self._steps.append(step)
        self._schedule()

    def _schedule(self) -> None:
        if self._steps and not self._is_scheduled:
            self._is_scheduled = True
            self._scheduler.call_soon(self._run)

    def _run(self) -> None:
        try:
            for _ in range(min(TURNS_PER_SLICE, len(self._steps))):
                self._steps.popleft()()
        finally:
            self._is_scheduled = False
            self._schedule()


class Reads:
    """Reads of the log under way, bounded; the others in line."""

    def __init__(self, log_source: LogSource) -> None:
        self._log_source = log_source
        self._running = 0
        self._waiting: deque[tuple[str, int, int, ReadDone]] = deque()
        self.started_count = 0

    def read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        """As `LogSource.read`. One per block and channel at most, so the line is bounded by what is subscribed."""
        self._waiting.append((channel, after, until, done))
        self._start_next()

    @property
    def waiting_count(self) -> int:
        return len(self._waiting)

    def _start_next(self) -> None:
        while self._waiting and self._running < MAX_READS_AT_ONCE:
            channel, after, until, done = self._waiting.popleft()
            self._running += 1
            self.started_count += 1
            self._log_source.read(channel, after, until, partial(self._done, done))

    def _done(self, done: ReadDone, result: LogRead | None) -> None:
        self._running -= 1
        done(result)
        self._start_next()
