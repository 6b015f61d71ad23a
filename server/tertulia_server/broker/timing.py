"""How long things with Redis may take."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """``probe_interval_s`` lies between a probe that was heard and the next; each is a publish to ourselves.

    With both values of the probe together a worker may be deaf for 2 s at most without saying so. A probe that is
    late by ``doubt_s`` is no proof yet, but reason enough for a sweep, and again after as long: so what was lost is
    found within 1 s even if Redis fell silent the moment after a probe, between two sweeps of each second.
    """

    answer_s: float = 2.0
    """For Redis to let us in, or to confirm a subscription."""
    probe_interval_s: float = 0.5
    probe_deadline_s: float = 1.5
    doubt_s: float = 0.25
    unsubscribe_after_s: float = 30.0
    """Partitions without a reader are left this lazily: the next reader is likely to come."""
    find_again_s: float = 5.0
    """Between two questions to Sentinel or Cluster who is in charge, while all is well."""
    first_retry_s: float = 0.1
    last_retry_s: float = 2.0

    def retry_s(self, failures: int) -> float:
        """Before the next try: anything up to a limit that doubles with each failure."""
        return random.uniform(0, min(self.last_retry_s, self.first_retry_s * 2.0 ** min(failures, 8)))
