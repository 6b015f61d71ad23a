"""How late and how busy the generator itself was: without that, its own delay would be told as the server's."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tertulia_client.load.histogram import Histogram

INTERVAL_S: Final = 0.01
BUSY_WINDOW_S: Final = 5
"""A second of full work is a burst; so many are saturation."""

_SCHEDULER: Final = Path("/proc/self/schedstat")
"""Of the thread that the process began with: ns that it ran, and ns that it waited for a core."""


def waited_s(path: Path = _SCHEDULER) -> float:
    """For how long this process had work to do and no core to do it on, so far; 0.0 where the system does not tell."""
    try:
        return int(path.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


class LoopLag:
    """Asks the loop for a short sleep, again and again, and books how much longer it took; and counts our CPU time."""

    def __init__(
        self,
        clock: Callable[[], float],
        cpu_clock: Callable[[], float] = time.process_time,
        wait_clock: Callable[[], float] = waited_s,
    ) -> None:
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._began_s = clock()
        self._cpu_began_s = cpu_clock()
        self._wait_clock = wait_clock
        self._wait_began_s = wait_clock()
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
        return self._share(self._cpu_clock() - self._cpu_began_s)

    @property
    def waited_share(self) -> float:
        """For which part of the time it wanted a core that somebody else had."""
        return self._share(self._wait_clock() - self._wait_began_s)

    def _share(self, time_s: float) -> float:
        elapsed_s = self._clock() - self._began_s
        return time_s / elapsed_s if elapsed_s > 0 else 0.0
