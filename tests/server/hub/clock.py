"""A clock that stands still until it is told to move: the hub's `Scheduler` in tests."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

START_S = 1000.0


class Call:
    """A call for later."""

    def __init__(self, when_s: float, order: int, run: Callable[[], object]) -> None:
        self.when_s = when_s
        self.order = order
        self.run = run
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def __lt__(self, other: Call) -> bool:
        return (self.when_s, self.order) < (other.when_s, other.order)


class VirtualClock:
    """Runs calls in the order of their times, as an event loop would, and takes no time for it."""

    def __init__(self) -> None:
        self._now_s = START_S
        self._calls: list[Call] = []
        self._order = count()

    def time(self) -> float:
        return self._now_s

    def call_soon(self, callback: Callable[..., object], *args: object) -> Call:
        return self.call_later(0.0, callback, *args)

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> Call:
        call = Call(self._now_s + delay, next(self._order), lambda: callback(*args))
        heapq.heappush(self._calls, call)
        return call

    def step(self) -> bool:
        """Run the next call that is due now; False when there is none."""
        while self._calls and self._calls[0].when_s <= self._now_s:
            call = heapq.heappop(self._calls)
            if not call.is_cancelled:
                call.run()
                return True
        return False

    def settle(self, max_calls: int = 100_000) -> None:
        """Run all that is due now, and what follows from it."""
        for _ in range(max_calls):
            if not self.step():
                return
        raise AssertionError("calls follow each other without end")

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that happens meanwhile."""
        until_s = self._now_s + seconds
        self.settle()
        while self._calls and self._calls[0].when_s <= until_s:
            self._now_s = max(self._now_s, self._calls[0].when_s)
            self.settle()
        self._now_s = until_s
        self.settle()
