"""The largest run that still holds: doubled until it breaks, then halved in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tertulia_client.errors import ClientError

PRECISION: Final = 0.1
"""The answer is known to a tenth of itself: a finer one would be the noise of one run."""

MAX_RUNS: Final = 24


@dataclass(frozen=True, slots=True)
class Try:
    """A run of one size, and what did not hold in it."""

    size: int
    broken: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """``largest`` is 0 when not even the first size held; ``is_limited``: the search ended at the largest allowed."""

    largest: int
    tries: Sequence[Try]
    is_limited: bool = False

    def as_text(self, what: str) -> str:
        """A line for each run, and the answer."""
        lines = [f"{one.size:>9,} {what}: {'holds' if not one.broken else '; '.join(one.broken)}" for one in self.tries]
        if not self.largest:
            return "\n".join([*lines, "It does not hold at the first size: begin with fewer."])
        more = "; that is the most that may be tried" if self.is_limited else ""
        return "\n".join([*lines, f"It holds with {self.largest:,} {what}{more}."])


async def find_largest(attempt: Callable[[int], Awaitable[Sequence[str]]], *, first: int, most: int) -> Found:
    """``attempt`` runs one size and returns what did not hold. `ClientError` for a first size that cannot be."""
    if not 1 <= first <= most:
        raise ClientError(f"The search begins with 1 to {most:,}.")
    tries: list[Try] = []
    good, bad, size = 0, 0, first
    while len(tries) < MAX_RUNS:
        tries.append(Try(size, await attempt(size)))
        if tries[-1].broken:
            bad = size
        else:
            good = size
        if (not bad and good >= most) or (bad and bad - good <= max(1, round(good * PRECISION))):
            break
        size = min(most, good * 2) if not bad else (good + bad) // 2
    return Found(good, tries, is_limited=not bad)
