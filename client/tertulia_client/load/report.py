"""What a run found, as a table for people and as plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tertulia_client.ledger import Balance
from tertulia_client.load.histogram import Histogram

BUSY_LAG_S: Final = 0.020
"""Loop lag (p99) from which the generator's own delay is no longer small beside the server's."""

MAX_COMPLAINTS: Final = 10


@dataclass(frozen=True, slots=True)
class Report:
    """``delivery_times``: from the planned time of a post to its arrival at each reader."""

    run: str
    thread_url: str
    readers: int
    connected: int
    reconnects: int
    connect_s: float
    connect_times: Histogram
    acknowledged: int
    failed: int
    first_failure: str
    acknowledge_times: Histogram
    delivery_times: Histogram
    balance: Balance
    complaints: Sequence[str]
    loop_lags: Histogram
    cpu_share: float
    is_cut_short: bool = False

    @property
    def is_clean(self) -> bool:
        """Every post was acknowledged, and reached every reader once and in order."""
        return self.balance.is_clean and self.failed == 0

    @property
    def is_busy(self) -> bool:
        return self.loop_lags.percentile_s(99) > BUSY_LAG_S

    def as_text(self) -> str:
        """A table, and below it what is to be said."""
        rows = [("", "count", "p50", "p90", "p99", "max"), *self._time_rows()]
        lines = [f"Run {self.run} in {self.thread_url}", ""]
        lines += [f"{name:<14}{value:>12}" for name, value in self._count_rows()]
        lines += ["", *(f"{row[0]:<22}" + "".join(f"{cell:>11}" for cell in row[1:]) for row in rows), ""]
        return "\n".join(lines + list(self._sentences()))

    def as_values(self) -> dict[str, Any]:
        """For JSON; times in ms."""
        return {
            "run": self.run,
            "thread": self.thread_url,
            "is_clean": self.is_clean,
            "is_cut_short": self.is_cut_short,
            "is_generator_busy": self.is_busy,
            "generator_cpu_share": round(self.cpu_share, 3),
            "connect_all_ms": round(self.connect_s * 1000, 3),
            **{name.replace(" ", "_"): int(value.replace(",", "")) for name, value in self._count_rows()},
            "times_ms": {
                name: {"count": times.count, **{key: round(value_s * 1000, 3) for key, value_s in _quantiles(times)}}
                for name, times in self._times()
            },
        }

    def _count_rows(self) -> Sequence[tuple[str, str]]:
        balance = self.balance
        counts = [
            ("readers", self.readers),
            ("connected", self.connected),
            ("reconnects", self.reconnects),
            ("acknowledged", self.acknowledged),
            ("failed", self.failed),
            ("expected", balance.expected),
            ("received", balance.received),
            ("missing", balance.missing),
            ("duplicate", balance.duplicate),
            ("out of order", balance.out_of_order),
            ("resets", balance.resets),
        ]
        return [(name, f"{count:,}") for name, count in counts]

    def _times(self) -> Sequence[tuple[str, Histogram]]:
        return [
            ("publish to receive", self.delivery_times),
            ("post acknowledged", self.acknowledge_times),
            ("connect", self.connect_times),
            ("generator's own lag", self.loop_lags),
        ]

    def _time_rows(self) -> Sequence[tuple[str, ...]]:
        return [
            (name, f"{times.count:,}", *(_milliseconds(value_s) for _, value_s in _quantiles(times)))
            if times.count
            else (name, "0", "-", "-", "-", "-")
            for name, times in self._times()
        ]

    def _sentences(self) -> Sequence[str]:
        sentences = [f"All readers were connected after {self.connect_s:.1f} s."]
        if self.is_cut_short:
            sentences.append("The run was stopped before its end.")
        if self.is_busy:
            sentences.append(
                f"The generator was busy (its lag is over {BUSY_LAG_S * 1000:.0f} ms at p99, {self.cpu_share:.0%} of a"
                " core): part of these times is its own."
            )
        if self.failed:
            sentences.append(f"{self.failed} posts failed; the first: {self.first_failure}")
        sentences += self.complaints[:MAX_COMPLAINTS]
        if len(self.complaints) > MAX_COMPLAINTS:
            sentences.append(f"... and {len(self.complaints) - MAX_COMPLAINTS} more.")
        sentences.append(
            "Nothing is missing, nothing came twice or out of order."
            if self.is_clean
            else "FAILED: not every post reached every reader once and in order."
        )
        return sentences


def _quantiles(times: Histogram) -> Sequence[tuple[str, float]]:
    return [*((f"p{percent}", times.percentile_s(percent)) for percent in (50, 90, 99)), ("max", times.max_s)]


def _milliseconds(value_s: float) -> str:
    return f"{value_s * 1000:,.1f} ms"
