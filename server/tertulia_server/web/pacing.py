"""How often one member, or one address, may ask for what costs more than a reading: each worker counts for itself, in
memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code

MAX_KEPT: Final = 10_000
"""Members, or addresses, remembered; who has asked longest ago is forgotten first, and begins anew."""


class Pace:
    """A bucket of ``burst`` requests for each member or address, which fills by ``per_s``."""

    def __init__(self, *, burst: int, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_s = per_s
        self._clock = clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def check(self, asker: Hashable) -> None:
        """Count a request; `Refusal` with ``RATE_LIMITED`` and the time until the next one may come."""
        now_s = self._clock()
        left, seen_s = self._left.pop(asker, (float(self._burst), now_s))
        left = min(self._burst, left + (now_s - seen_s) * self._per_s)
        is_let = left >= 1
        self._left[asker] = (left - 1 if is_let else left, now_s)
        if len(self._left) > MAX_KEPT:
            self._left.popitem(last=False)
        if not is_let:
            raise Refusal(Code.RATE_LIMITED, retry_after_ms=int((1 - left) / self._per_s * 1000) + 1)


class Paces:
    """One of each per worker."""

    def __init__(self) -> None:
        self.previews = Pace(burst=20, per_s=2)
        self.names = Pace(burst=30, per_s=5)
        self.drafts = Pace(burst=20, per_s=1)
        self.shares = Pace(burst=200, per_s=50)
