"""When what is planned begins: at one rate, or in stages that rise, hold and fall. The plan waits for nobody."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s, parse_rate

MAX_STAGES: Final = 100

_STAGE: Final = re.compile(r"(\S+)\s+(to|at)\s+(\S+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stretch:
    """For so long the rate goes from one to the other, evenly (per second)."""

    duration_s: float
    from_rate: float
    to_rate: float

    @property
    def count(self) -> float:
        """How many arrivals fall into it."""
        return self.duration_s * (self.from_rate + self.to_rate) / 2

    def offset_s(self, count: float) -> float:
        """When so many have arrived, from its beginning."""
        slope = (self.to_rate - self.from_rate) / self.duration_s
        root = math.sqrt(max(0.0, self.from_rate**2 + 2 * slope * count))
        within_s = 2 * count / (self.from_rate + root) if count else 0.0
        return min(within_s, self.duration_s)


class Arrivals:
    """Numbered from 0; ``offset_s`` says for each when it is due, from the beginning."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._stretches = stretches
        self._begins_s = [0.0, *accumulate(stretch.duration_s for stretch in stretches)]
        self._before = [0.0, *accumulate(stretch.count for stretch in stretches)]

    @property
    def count(self) -> int:
        """How many there are; at least one."""
        return max(1, round(self._before[-1]))

    @property
    def duration_s(self) -> float:
        return self._begins_s[-1]

    def offset_s(self, index: int) -> float:
        place = min(bisect_right(self._before, index), len(self._stretches)) - 1
        return self._begins_s[place] + self._stretches[place].offset_s(index - self._before[place])


def parse_stages(text: str) -> Sequence[Stretch]:
    """``10s to 20/s, 1m at 20/s, 10s to 0/s``: it begins at 0/s; `ClientError` for what is none, or has no arrivals."""
    stretches: list[Stretch] = []
    for words in text.split(","):
        match = _STAGE.fullmatch(words.strip())
        if match is None:
            raise ClientError(f"{words.strip()!r} is no stage: write it like '30s to 20/s' (rising) or '1m at 20/s'.")
        rate = parse_rate(match[3])
        before = stretches[-1].to_rate if stretches else 0.0
        duration_s = parse_duration_s(match[1])
        if duration_s <= 0:
            raise ClientError(f"{words.strip()!r} takes no time.")
        stretches.append(Stretch(duration_s, before if match[2] == "to" else rate, rate))
    if len(stretches) > MAX_STAGES:
        raise ClientError(f"There are up to {MAX_STAGES} stages.")
    if not any(stretch.count for stretch in stretches):
        raise ClientError(f"In {text!r} nothing arrives.")
    return stretches
