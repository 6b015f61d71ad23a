"""How late and how busy the generator itself was: without that, its own delay would be told as the server's."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from tertulia_client.load.histogram import Histogram

INTERVAL_S: Final = 0.01
BUSY_WINDOW_S: Final = 5
"""A second of full work is a burst; so many are saturation."""


class LoopLag:
    """Asks the loop for a short sleep, again and again, and books how much longer it took; and counts our CPU time."""

    def __init__(self, clock: Callable[[], float], cpu_clock: Callable[[], float] = time.process_time) -> None:
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._began_s = clock()
        self._cpu_began_s = cpu_clock()
        self._seconds: deque[tuple[float, float]] = deque([(self._began_s, self._cpu_began_s)], BUSY_WINDOW_S + 1)
        self.lags = Histogram()
        self.busiest_share = 0.0
        """The largest share of a core in any `BUSY_WINDOW_S` on end; 0.0 before there was one."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            due_s = self._clock() + INTERVAL_S
            await asyncio.sleep(INTERVAL_S)
            self.note(self._clock() - due_s)

    def note(self, lag_s: float) -> None:
        """Book one sleep, and once a second the CPU time."""
        self.lags.record(lag_s)
        now_s = self._clock()
        if now_s < self._seconds[-1][0] + 1:
            return
        self._seconds.append((now_s, self._cpu_clock()))
        first, last = self._seconds[0], self._seconds[-1]
        if last[0] - first[0] >= BUSY_WINDOW_S:
            self.busiest_share = max(self.busiest_share, (last[1] - first[1]) / (last[0] - first[0]))

    @property
    def cpu_share(self) -> float:
        """CPU time per wall time of this process since the start: 1.0 is one full core."""
        elapsed_s = self._clock() - self._began_s
        return (self._cpu_clock() - self._cpu_began_s) / elapsed_s if elapsed_s > 0 else 0.0
