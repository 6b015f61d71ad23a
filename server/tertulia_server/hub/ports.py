"""What a hub needs from outside. An asyncio loop is a `Scheduler` as it is; tests use a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tertulia_server.broker.port import Publication


class Timer(Protocol):
    """A call that was put off."""

    def cancel(self) -> None: ...


class Scheduler(Protocol):
    """Time in seconds, and calls for later. All calls come one after the other, never inside each other."""

    def time(self) -> float: ...

    def call_soon(self, callback: Callable[..., object], *args: object) -> Timer: ...

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> Timer: ...


@dataclass(frozen=True, slots=True)
class LogRead:
    """A piece of a channel's log, read in one snapshot.

    ``publications`` are in order of seq, rendered from current state; those below ``first_seq`` were trimmed away.
    ``rights_seq``: as of `Publication`.
    """

    epoch: str
    first_seq: int
    publications: Sequence[Publication]
    rights_seq: int = 0


ReadDone = Callable[[LogRead | None], None]
"""Told what was read, or None when the store could not answer."""


class LogSource(Protocol):
    """Where lost and older events are read."""

    def read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        """Read the events with ``after`` < seq <= ``until``; calls ``done`` once, later, never inside this call."""
        ...
