"""A job: an operation on its way from a coroutine to a thread of the store, and its outcome on its way back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

OVERLOAD_RETRY_AFTER_MS: Final = 500
"""What a caller is told whose job found the queue full."""


class Job:
    """``run`` is the operation with its arguments; the outcome is set in the thread and delivered in the loop."""

    __slots__ = ("error", "future", "loop", "result", "run")

    def __init__(self, run: Callable[[Connection], Any]) -> None:
        self.run = run
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: Exception | None = None

    def fail(self, error: Exception) -> None:
        """Set the outcome to an error, unless there is one already."""
        if isinstance(error, StopIteration):  # a future would refuse it, and with it all that are woken after it
            mistake = RuntimeError("An operation raised StopIteration.")
            mistake.__cause__ = error
            error = mistake
        self.result = None
        self.error = self.error or error


def deliver(jobs: Sequence[Job]) -> None:
    """Wake the callers, with one call into each loop; called in a thread of the store."""
    for loop in {job.loop for job in jobs}:
        own = [job for job in jobs if job.loop is loop]
        try:
            loop.call_soon_threadsafe(_wake, own)
        except RuntimeError:  # the loop was closed: nobody waits any more
            continue


def _wake(jobs: Iterable[Job]) -> None:
    for job in jobs:
        if job.future.done():  # its caller was cancelled: the outcome is dropped
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
