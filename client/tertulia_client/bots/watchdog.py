"""Notices a handler that blocks the loop, and names it with its stack, while it does so."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self

TICK_S: Final = 0.1
BLOCKED_S: Final = 1.0
MAX_FRAMES: Final = 12

log = logging.getLogger("tertulia_client.bot")


class Watchdog:
    """A thread that looks whether the loop of this thread still turns; ``culprit`` names what a stack is in."""

    def __init__(
        self,
        culprit: Callable[[FrameType | None], str],
        *,
        blocked_s: float = BLOCKED_S,
        on_blocked: Callable[[str, str], None] | None = None,
    ) -> None:
        self._culprit = culprit
        self._blocked_s = blocked_s
        self._on_blocked = on_blocked or _complain
        self._ticked_s = 0.0
        self._thread_id = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None
        self.blocked_count = 0

    async def __aenter__(self) -> Self:
        self._thread_id = threading.get_ident()
        self._ticked_s = time.monotonic()
        self._task = asyncio.create_task(self._tick(), name="watchdog")
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def _tick(self) -> None:
        while True:
            self._ticked_s = time.monotonic()
            await asyncio.sleep(TICK_S)

    def _watch(self) -> None:
        """One complaint for each time that the loop stands still."""
        complained_of_s = 0.0
        while not self._stopping.wait(TICK_S):
            ticked_s = self._ticked_s
            if time.monotonic() - ticked_s < self._blocked_s or ticked_s == complained_of_s:
                continue
            complained_of_s = ticked_s
            self.blocked_count += 1
            frame = sys._current_frames().get(self._thread_id)  # noqa: SLF001 - the documented way to see another thread
            self._on_blocked(self._culprit(frame), _stack(frame))


def _stack(frame: FrameType | None) -> str:
    return "".join(traceback.format_stack(frame)[-MAX_FRAMES:]) if frame is not None else "(no stack)"


def _complain(culprit: str, stack: str) -> None:
    log.error(
        "%s blocks the loop: nothing else is handled meanwhile. Await what takes long, or make it a plain function,"
        " which gets a thread. It is here:\n%s",
        culprit,
        stack,
    )
