"""A histogram of times that keeps its precision over the whole range in a few kilobytes.

Buckets are linear within each power of two (the layout of HDR histograms), so a value is known to 1/64 of itself.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any, Final

_SUB_BITS: Final = 6
_SUB_BUCKETS: Final = 1 << _SUB_BITS
_MAX_BITS: Final = 40
"""2**40 microseconds are 12 days; more is counted as that."""

_MAX_US: Final = (1 << _MAX_BITS) - 1


class Histogram:
    """Counts seconds, kept as whole microseconds."""

    def __init__(self) -> None:
        self._counts = array("Q", bytes(8 * _SUB_BUCKETS * (_MAX_BITS - _SUB_BITS + 1)))
        self.count = 0
        self._max_us = 0

    def record(self, seconds: float) -> None:
        """Negative times (clocks that were set) count as 0."""
        value_us = int(seconds * 1e6 + 0.5)
        if not 0 <= value_us <= _MAX_US:
            value_us = 0 if value_us < 0 else _MAX_US
        shift = value_us.bit_length() - _SUB_BITS - 1
        self._counts[(shift << _SUB_BITS) + (value_us >> shift) if shift > 0 else value_us] += 1
        self.count += 1
        if value_us > self._max_us:  # noqa: PLR1730 - once per delivery, and a call is what costs
            self._max_us = value_us

    def as_values(self) -> dict[str, Any]:
        """For JSON: what is not empty."""
        counts = [[index, count] for index, count in enumerate(self._counts) if count]
        return {"counts": counts, "max_us": self._max_us}

    def merge(self, values: Mapping[str, Any]) -> None:
        """Add what another histogram counted, from its `as_values`."""
        for index, count in values["counts"]:
            self._counts[index] += count
            self.count += count
        self._max_us = max(self._max_us, values["max_us"])

    @property
    def max_s(self) -> float:
        return self._max_us / 1e6

    def percentile_s(self, percent: float) -> float:
        """The time within which ``percent`` of all fell, at most 1/64 too high; 0.0 when nothing was recorded."""
        wanted = max(1, -(-self.count * percent // 100))
        seen = 0
        for index, count in enumerate(self._counts):
            seen += count
            if seen >= wanted and count:
                return min(_highest_of(index), self._max_us) / 1e6
        return self.max_s


def _highest_of(index: int) -> int:
    """The largest value of a bucket."""
    shift = max(0, (index >> _SUB_BITS) - 1)
    return (((index - (shift << _SUB_BITS)) + 1) << shift) - 1
