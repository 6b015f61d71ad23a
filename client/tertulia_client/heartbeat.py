"""Whether the line still lives. Pure: the time is handed in.

After ``interval_s`` of silence a ping is due; if nothing at all is heard in that time again, the line is dead.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

DEFAULT_INTERVAL_S: Final = 25.0
"""Until the server has named its own in `hello`."""

MIN_INTERVAL_S: Final = 0.05
MAX_INTERVAL_S: Final = 600.0


class Pulse(Enum):
    """What `Heartbeat.check` found."""

    FINE = "fine"
    PING_DUE = "ping due"
    DEAD = "dead"


class Heartbeat:
    """Silence of one connection; whatever is heard counts, not only a pong."""

    def __init__(self) -> None:
        self.interval_s = DEFAULT_INTERVAL_S
        self._heard_s = 0.0
        self._pinged_s: float | None = None
        self._is_running = False

    def start(self, now_s: float) -> None:
        """A connection stands; its interval is the default until `set_interval`."""
        self.interval_s = DEFAULT_INTERVAL_S
        self._is_running = True
        self.heard(now_s)

    def stop(self) -> None:
        """No connection, or nobody reads from it on purpose: silence means nothing then."""
        self._is_running = False
        self._pinged_s = None

    def resume(self, now_s: float) -> None:
        """Reading goes on after `stop`."""
        self._is_running = True
        self.heard(now_s)

    def set_interval(self, interval_ms: object) -> None:
        """Take what `hello` says, if it is a number of milliseconds within reason."""
        if type(interval_ms) is int and MIN_INTERVAL_S <= interval_ms / 1000 <= MAX_INTERVAL_S:
            self.interval_s = interval_ms / 1000

    def heard(self, now_s: float) -> None:
        self._heard_s = now_s
        self._pinged_s = None

    def silence_s(self, now_s: float) -> float | None:
        """How long nothing was heard; None while silence means nothing."""
        return now_s - self._heard_s if self._is_running else None

    def check(self, now_s: float) -> Pulse:
        """Ask now. After `PING_DUE` it takes the ping for sent."""
        deadline_s = self.deadline_s
        if deadline_s is None or now_s < deadline_s:
            return Pulse.FINE
        if self._pinged_s is not None:
            return Pulse.DEAD
        self._pinged_s = now_s
        return Pulse.PING_DUE

    @property
    def deadline_s(self) -> float | None:
        """When to check next."""
        if not self._is_running:
            return None
        return (self._heard_s if self._pinged_s is None else self._pinged_s) + self.interval_s
