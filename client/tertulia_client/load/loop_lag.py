"""How late the generator itself was: without that, its own delay would be told as the server's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tertulia_client.load.histogram import Histogram

INTERVAL_S: Final = 0.01


class LoopLag:
    """Asks the loop for a short sleep, again and again, and books how much longer it took; and counts our CPU time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began_s = clock()
        self._cpu_began_s = time.process_time()
        self.lags = Histogram()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            due_s = self._clock() + INTERVAL_S
            await asyncio.sleep(INTERVAL_S)
            self.lags.record(self._clock() - due_s)

    @property
    def cpu_share(self) -> float:
        """CPU time per wall time of this process since the start: 1.0 is one full core."""
        elapsed_s = self._clock() - self._began_s
        return (time.process_time() - self._cpu_began_s) / elapsed_s if elapsed_s > 0 else 0.0
