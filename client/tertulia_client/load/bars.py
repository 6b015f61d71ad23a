"""A curve out of letters, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_FULL: Final = len(_EIGHTHS) - 1


def bars(values: Sequence[float], rows: int = 1) -> list[str]:
    """Lines from top to bottom, a column for each value; the highest fills its column, and what is not 0 is seen."""
    highest = max(values, default=0.0)
    heights = [_height(value, highest, rows * _FULL) for value in values]
    return [
        "".join(_EIGHTHS[min(_FULL, max(0, height - row * _FULL))] for height in heights)
        for row in reversed(range(rows))
    ]


def _height(value: float, highest: float, most: int) -> int:
    return max(1, round(value / highest * most)) if value > 0 else 0
