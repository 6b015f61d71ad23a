"""Whether the times of a run are the server's: how much of them the generator itself has made.

A sleep that ends late says only that the loop had something else to do, and reading five thousand sockets is what it
is there for. So where the kernel stamps arrivals, a run is judged by what the generator has added to the very times
that it reports; the lateness of sleeps decides where there are no stamps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tertulia_client.load.histogram import Histogram
from tertulia_client.load.loop_lag import BUSY_WINDOW_S

BUSY_LAG_S: Final = 0.020
"""What the generator may add to a time, or its loop be late (p99), and still be small beside a server's."""

OWN_SHARE: Final = 0.2
"""Beyond `BUSY_LAG_S`, the part of a time that the generator may have made: great crowds take longer on both sides."""

BUSY_SHARE: Final = 0.9
"""Share of a core, over `BUSY_WINDOW_S`, from which the generator sends and reads when it can, not when it should."""

STARVED_SHARE: Final = 0.1
"""From which part of the time without a core on it is said that others had it."""

JUDGED_PERCENTS: Final = (50.0, 90.0, 99.0)
MIN_STAMPED: Final = 50
"""Fewer stamped deliveries have no percentiles worth the name."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Times of stamped deliveries, and of what they are made: each delivery is in all three."""

    whole: Histogram = field(default_factory=Histogram)
    server: Histogram = field(default_factory=Histogram)
    """From the moment at which a post was sent until its bytes were in the kernel of the generator."""
    generator: Histogram = field(default_factory=Histogram)
    """The rest: how late the post was sent, and for how long its bytes lay unread."""

    def record(self, whole_s: float, generator_s: float) -> None:
        self.whole.record(whole_s)
        self.generator.record(generator_s)
        self.server.record(whole_s - generator_s)


@dataclass(frozen=True, slots=True)
class Soundness:
    """What was found of the generator. ``added_s`` is by how much it has raised the percentile ``percent`` of times,
    which is ``whole_s`` (s); None without stamps: then ``lag_s`` counts, the p99 of its loop's lateness.
    ``waited_share`` explains: for which part of the time others had the core that it wanted."""

    lag_s: float
    busiest_share: float
    percent: float = 99.0
    whole_s: float = 0.0
    added_s: float | None = None
    waited_share: float = 0.0

    @property
    def is_valid(self) -> bool:
        return not self._is_full and not self._is_late

    @property
    def _is_full(self) -> bool:
        return self.busiest_share > BUSY_SHARE

    @property
    def _is_late(self) -> bool:
        if self.added_s is None:
            return self.lag_s > BUSY_LAG_S
        return self.added_s > max(BUSY_LAG_S, OWN_SHARE * self.whole_s)

    @property
    def sentence(self) -> str:
        """What it comes to, and with which thresholds; without stamps there is nothing to say of a sound run."""
        if self.is_valid:
            return self._part_words() + "." if self.added_s is not None else ""
        found = []
        if self._is_full:
            found.append(f"it took {self.busiest_share:.0%} of a core for {BUSY_WINDOW_S} s (at most {BUSY_SHARE:.0%})")
        if self._is_late and self.added_s is None:
            found.append(f"its loop was {_ms(self.lag_s)} late at p99 (at most {_ms(BUSY_LAG_S)})")
        elif self._is_late:
            limits = f"at most {_ms(BUSY_LAG_S)} or {OWN_SHARE:.0%} of it, whichever is more"
            found.append(f"{self._part_words()} ({limits})")
        return (
            f"INVALID: the generator was saturated: {', and '.join(found)}. These times are its own as much as the"
            f" server's. {self._advice}"
        )

    @property
    def _advice(self) -> str:
        if self.waited_share >= STARVED_SHARE:
            return (
                f"It waited for a core during {self.waited_share:.0%} of the time: something else ran on it. Give it"
                " one of its own, or another machine."
            )
        return "Take fewer readers or posts, --processes, or another machine."

    def _part_words(self) -> str:
        begin = f"of p{self.percent:g}, {_ms(self.whole_s)},"
        words = f"{begin} the generator made {_ms(self.added_s or 0.0)}"
        return words[0].upper() + words[1:] if self.is_valid else words


def judge(parts: Parts, lags: Histogram, busiest_share: float, waited_share: float = 0.0) -> Soundness:
    """The percentile that the generator has raised most, measured by what it may."""
    lag_s = lags.percentile_s(99)
    if parts.whole.count < MIN_STAMPED:
        return Soundness(lag_s, busiest_share, waited_share=waited_share)
    found = [
        Soundness(
            *(lag_s, busiest_share, percent, whole_s),
            added_s=max(0.0, whole_s - parts.server.percentile_s(percent)),
            waited_share=waited_share,
        )
        for percent in JUDGED_PERCENTS
        for whole_s in [parts.whole.percentile_s(percent)]
    ]
    return max(found, key=lambda one: (not one.is_valid, one.added_s or 0.0, one.percent))


def _ms(time_s: float) -> str:
    return f"{time_s * 1000:,.1f} ms"
