"""A database that fails is told to the operator once, with its reason, and once more when it answers again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

REMIND_S: Final = 60.0
"""While it lasts, a line each minute says so."""

MIN_PAUSE_S: Final = 10.0
"""Between two beginnings that are told: on a full disk small writes still succeed between large ones that fail."""

log = structlog.get_logger()


class Outage:
    """Of one kind of operation in one worker. It lasts from a failure until an operation succeeds."""

    def __init__(self, kind: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._kind = kind
        self._clock = clock
        self._failure_count = 0
        self._is_told = False
        self._told_at_s = -REMIND_S
        self._failed_at_s = 0.0
        self.reason = ""
        """Why the last operation failed; empty while there is no outage."""

    @property
    def age_s(self) -> float:
        """Time since the last failure."""
        return self._clock() - self._failed_at_s

    def begin(self, error: Exception) -> None:
        """An operation failed."""
        self._failure_count += 1
        self._failed_at_s = self._clock()
        self.reason = reason_of(error)
        pause_s = REMIND_S if self._is_told else MIN_PAUSE_S
        if self._failed_at_s - self._told_at_s >= pause_s:
            self._is_told, self._told_at_s = True, self._failed_at_s
            log.warning("store_away", kind=self._kind, reason=self.reason, failures=self._failure_count)

    def end(self) -> None:
        """An operation succeeded."""
        if self._is_told:
            log.info("store_back", kind=self._kind, failures=self._failure_count)
        self._failure_count, self._is_told, self.reason = 0, False, ""


def reason_of(error: Exception) -> str:
    """What the database, or the way to it, says of a failure: one line, without the statement."""
    cause = error.__cause__ or error
    if isinstance(cause, DBAPIError) and cause.orig is not None:
        cause = cause.orig.__cause__ or cause.orig  # a driver's own words, where an adapter wraps them
    if isinstance(cause, TimeoutError) and not str(cause):
        return "no answer in time"
    return " ".join(str(cause).split()) or type(cause).__name__
