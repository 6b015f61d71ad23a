"""What a run is to do: amounts, target and seed, all settled before it begins."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.load.arrivals import Arrivals, Stretch

STAMPED_READERS: Final = 20
"""Readers whose arrivals are stamped by the kernel: enough for a percentile, too few to cost anything."""

SAMPLE_EVERY: Final = 10
"""Of how many readers one is booked with ``--verify sample``."""

ZIPF_EXPONENT: Final = 1.0


class Verify(Enum):
    """Whose books are kept: everybody's, each tenth reader's, nobody's."""

    FULL = "full"
    SAMPLE = "sample"
    OFF = "off"

    def books(self, number: int) -> bool:
        """Whether the reader with this number (from 1) has an account."""
        return self is Verify.FULL or (self is Verify.SAMPLE and number % SAMPLE_EVERY == 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """``readers`` follow ``threads`` threads of a server while ``rate`` posts a second are written for ``duration_s``.

    The same seed gives the same plan: who reads what, where each post goes, and who is disturbed when.
    With ``stages``, ``rate`` is their mean, and ``duration_s`` their sum.
    ``thread_id``: post in this thread, and not in threads of the run's own.
    """

    scenario: str
    address: ServerAddress
    token: str
    readers: int
    rate: float
    duration_s: float
    settle_s: float
    threads: int = 1
    seed: int = 1
    thread_id: int | None = None
    verify: Verify = Verify.FULL
    keeps_posts: bool = False
    stamped_readers: int = STAMPED_READERS
    bots: int = 1
    stages: Sequence[tuple[float, float, float]] = ()
    """Instead of the one rate: each a duration (s), and the rates at its beginning and its end."""
    members: int = 1
    """How many members of its own the run wants, beside the one that posts and reads."""
    member_tokens: tuple[str, ...] = ()
    """Theirs, where the run has made some."""
    audience: str = "members"
    """Who may read the run's own forum; ``public`` for what guests do."""
    bot_token: str | None = None
    """For bots that are run: as the author of the posts, they would not hear of them."""

    @property
    def post_count(self) -> int:
        """How many posts (or requests) are begun in all."""
        return self.arrivals().count

    @property
    def pace(self) -> str:
        """How they come, for people."""
        return f"in {len(self.stages)} stages" if self.stages else f"at {self.rate:g}/s"

    def arrivals(self) -> Arrivals:
        """When each of them is due."""
        if not self.stages:
            return Arrivals([Stretch(self.duration_s, self.rate, self.rate)])
        return Arrivals([Stretch(*stage) for stage in self.stages])

    def rng(self, purpose: str) -> random.Random:
        """Chance that depends on the seed and on what it is for, and on nothing else."""
        return random.Random(f"{self.seed}/{purpose}")

    def chooser(self, purpose: str) -> Callable[[int], int]:
        """A fixed place among ``threads`` for each number, by Zipf's law: the first draws the most."""
        if self.threads == 1:
            return lambda _: 0
        weights = [1 / place**ZIPF_EXPONENT for place in range(1, self.threads + 1)]
        cumulative, places = list(accumulate(weights)), range(self.threads)
        return lambda number: self.rng(f"{purpose}/{number}").choices(places, cum_weights=cumulative)[0]
