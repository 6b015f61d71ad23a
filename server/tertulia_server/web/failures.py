"""What goes wrong on our side is told to the operator, whole; the client hears a sentence and no more."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog
from starlette.requests import HTTPConnection

from tertulia_server.errors import TertuliaError
from tertulia_wire.codes import Code

MIN_PAUSE_S: Final = 10.0
"""Between two lines about a database that is away: with it all requests fail, and one says as much as thousands."""

log = structlog.get_logger()


class FailureLog:
    """One per process. A crash is always told; what has an error of the store behind it, once in a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at_s = -MIN_PAUSE_S
        self._untold_count = 0

    def tell(self, connection: HTTPConnection, error: Exception) -> None:
        """Log the error and its cause, if it is ours to mend. Refusals are answers, not failures."""
        cause = error.__cause__
        words = {"path": connection.url.path, "cause": None if cause is None else repr(cause)}
        if not isinstance(error, TertuliaError):
            log.error("request_crashed", error=repr(error), **words)  # uvicorn logs the traceback
        elif error.code is Code.INTERNAL:
            log.error("request_failed", code=error.code.name, error=str(error), **words)
        elif cause is not None:
            self._tell_pacing(error.code, words)

    def _tell_pacing(self, code: Code, words: dict[str, str | None]) -> None:
        now_s = self._clock()
        if now_s - self._told_at_s < MIN_PAUSE_S:
            self._untold_count += 1
            return
        log.warning("request_failed", code=code.name, untold=self._untold_count, **words)
        self._told_at_s, self._untold_count = now_s, 0
