"""How long one thread of Python runs before another one that waits gets its turn, set for a process that serves."""

from __future__ import annotations

import sys
from typing import Final

SWITCH_INTERVAL_S: Final = 0.0005
"""Python's own is 5 ms. A thread that reads from SQLite gives up its turn at each statement, and while the loop is busy
with a crowd it waits so long for the next one, some times for each page."""


def switch_often() -> None:
    """Call once, before the work begins."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
