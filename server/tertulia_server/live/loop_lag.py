"""How late the event loop is: whatever holds it holds up every reader of this worker."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from tertulia_server.metrics import Histogram

INTERVAL_S: Final = 0.05
"""Between two looks: 20 a second cost nothing that could be measured, and find each stop longer than this."""


class LoopLag:
    """Asks the loop for a short sleep, again and again, and books how much longer it took."""

    def __init__(self) -> None:
        self.lags = Histogram()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _run(self) -> None:
        while True:
            due_s = time.perf_counter() + INTERVAL_S
            await asyncio.sleep(INTERVAL_S)
            self.lags.observe(max(0.0, time.perf_counter() - due_s))
