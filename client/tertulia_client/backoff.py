"""How long to wait before trying again: endless, capped, spread at random.

Full jitter: the wait is uniform between 0 and a bound that doubles, so that clients which were cut off together do not
come back together.
"""

from __future__ import annotations

import random
from typing import Final

BASE_S: Final = 0.5
CAP_S: Final = 10.0


def full_jitter_s(rng: random.Random, attempt: int, *, base_s: float = BASE_S, cap_s: float = CAP_S) -> float:
    """Seconds before try number ``attempt`` (from 0): uniform in [0, min(cap, base * 2**attempt)]."""
    bound_s = cap_s if attempt > 30 else min(cap_s, base_s * 2**attempt)
    return rng.uniform(0.0, bound_s)


class Backoff:
    """The waits of one endless series of tries; `succeeded` begins a new series."""

    def __init__(self, rng: random.Random, *, base_s: float = BASE_S, cap_s: float = CAP_S) -> None:
        self._rng = rng
        self._base_s = base_s
        self._cap_s = cap_s
        self.attempt = 0

    def next_delay_s(self, retry_after_ms: int | None = None) -> float:
        """The next wait. A time that the server told is waited in full, with the jitter on top."""
        jitter_s = full_jitter_s(self._rng, self.attempt, base_s=self._base_s, cap_s=self._cap_s)
        self.attempt += 1
        return jitter_s + (retry_after_ms or 0) / 1000

    def succeeded(self) -> None:
        self.attempt = 0
