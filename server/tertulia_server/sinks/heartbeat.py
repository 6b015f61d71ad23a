"""Pings for all sockets of a worker by one timer: thousands of idle sockets must not cost a timer each."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

PLACES: Final = 64
"""Over how many ticks the sockets are spread: with 10,000 sockets and a period of 20 s, 156 pings every 0.3 s."""


class Beating(Protocol):
    """A socket that is looked after."""

    def beat(self) -> None:
        """Called once per period: did the peer answer the last ping? Then the next one."""
        ...


class Heartbeat:
    """Calls `beat` of each member once per period. Its timer runs only while there are members."""

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self._places: list[dict[Beating, None]] = [{} for _ in range(PLACES)]
        self._size = 0
        self._next_place = 0
        self._at_place = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return self._size

    def add(self, member: Beating) -> int:
        """Take a member in; returns its place, with which it is taken out again.

        Places are given in turn, so those who come together do not beat together.
        """
        place = self._next_place
        self._next_place = (place + 1) % PLACES
        self._places[place][member] = None
        self._size += 1
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._wait(loop, loop.time())
        return place

    def remove(self, member: Beating, place: int) -> None:
        del self._places[place][member]
        self._size -= 1
        if not self._size and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, loop: asyncio.AbstractEventLoop, since_s: float) -> None:
        due_s = since_s + self.period_s / PLACES
        self._timer = loop.call_at(due_s, self._tick, loop, due_s)

    def _tick(self, loop: asyncio.AbstractEventLoop, due_s: float) -> None:
        self._wait(loop, max(due_s, loop.time() - self.period_s / PLACES))
        place, self._at_place = self._at_place, (self._at_place + 1) % PLACES
        for member in tuple(self._places[place]):
            member.beat()
