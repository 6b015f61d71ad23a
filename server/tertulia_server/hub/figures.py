"""What a hub counts: once per round, step or change of state, never per subscriber of a round."""

from __future__ import annotations

import time
from collections.abc import Callable

from tertulia_server.metrics import Histogram


class Figures:
    """Plain numbers, read by whoever makes a snapshot.

    The clock is not the scheduler's: uvloop's stands still within a turn, where most rounds take place. Nothing but
    a measurement depends on it.
    """

    __slots__ = ("delivery_count", "lagging_count", "live_count", "now_s", "push_delay", "pushed_bytes", "round_count")

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.now_s = clock
        self.live_count = 0
        self.lagging_count = 0
        self.round_count = 0
        self.delivery_count = 0
        self.pushed_bytes = 0
        self.push_delay = Histogram()
