"""How long people take: the pauses between the posts of a thread whose times nobody kept.

Somebody reads what was just said, thinks, and writes; now and then two write at the same time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

READ_CHARS_PER_S: Final = 25.0
"""Some 300 words a minute."""

WRITE_CHARS_PER_S: Final = 4.0
"""Some 50 words a minute."""

MEDIAN_THOUGHT_S: Final = 75.0
SPREAD_OF_THOUGHT: Final = 1.0
"""Of its logarithm: most answers come soon, and some after a walk."""

CROSSING_SHARE: Final = 0.12
MOST_CROSSING_S: Final = 20.0
MAX_PAUSE_S: Final = 20 * 60.0


def pauses_s(lengths_chars: Sequence[int], rng: random.Random) -> Iterator[float]:
    """Before each post the seconds since the one before it; the first comes at once."""
    for place, length_chars in enumerate(lengths_chars):
        yield 0.0 if place == 0 else _pause_s(lengths_chars[place - 1], length_chars, rng)


def _pause_s(read_chars: int, written_chars: int, rng: random.Random) -> float:
    if rng.random() < CROSSING_SHARE:
        return rng.uniform(1.0, MOST_CROSSING_S)
    thought_s = MEDIAN_THOUGHT_S * rng.lognormvariate(0.0, SPREAD_OF_THOUGHT)
    return min(MAX_PAUSE_S, read_chars / READ_CHARS_PER_S + thought_s + written_chars / WRITE_CHARS_PER_S)
