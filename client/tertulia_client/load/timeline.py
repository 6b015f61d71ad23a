"""What happened second by second: for the charts of a report, and for whoever looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tertulia_client.load.histogram import Histogram

MAX_MOMENTS: Final = 24 * 3600
"""A run of a day; a longer one is charted as far as that."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One second: counts in it, and the times of what came in it (s; 0.0 when nothing came)."""

    at_s: float
    connected: int
    deliveries: int
    acknowledged: int
    p50_s: float
    p99_s: float
    max_s: float
    lag_s: float


class Timeline:
    """``record`` each delivery; ``close_moment`` once a second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times = Histogram()
        self._acknowledged = 0
        self.began_s = clock()
        self.moments: list[Moment] = []
        self.counts: list[dict[str, Any]] = []
        """The times of each moment in full, as values of a histogram: those of several processes can be added."""
        self.marks: list[tuple[float, str]] = []
        """What was done to the run, and when: seconds from its beginning."""

    def record(self, time_s: float) -> None:
        self._times.record(time_s)

    def mark(self, words: str) -> None:
        """Something that a reader of the charts has to know: a fault, a disturbance."""
        self.marks.append((self._clock() - self.began_s, words))

    def close_moment(self, *, connected: int, acknowledged: int, lag_s: float) -> Moment:
        """The second that ends now; ``acknowledged`` counts from the beginning of the run."""
        times = self._times
        moment = Moment(
            at_s=self._clock() - self.began_s,
            connected=connected,
            deliveries=times.count,
            acknowledged=acknowledged - self._acknowledged,
            p50_s=times.percentile_s(50),
            p99_s=times.percentile_s(99),
            max_s=times.max_s,
            lag_s=lag_s,
        )
        self._times, self._acknowledged = Histogram(), acknowledged
        if len(self.moments) < MAX_MOMENTS:
            self.moments.append(moment)
            self.counts.append(times.as_values())
        return moment
