"""Time that jumps: waits of hours pass at once, while sockets take the time that they take."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

GRACE_S: Final = 0.02
"""How long nothing may happen in real time before the clock is put forward to the next timer."""

Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    """Waits a moment for what happens outside; if nothing does, it lets the loop's time jump."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout <= GRACE_S:
            return super().select(timeout)
        ready = super().select(GRACE_S)
        if not ready:
            self.skipped_s += timeout - GRACE_S
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """``loop.time()`` goes forward by what was skipped, too. Everything of one test has to live in this loop:
    a thread that works in silence for longer than `GRACE_S` is not waited for.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return super().time() + self._jumping.skipped_s

    def advance(self, seconds: float) -> None:
        """Put the clock forward by hand."""
        self._jumping.skipped_s += seconds


def run_in_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    """As `asyncio.run`, in a loop whose waits take no time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
