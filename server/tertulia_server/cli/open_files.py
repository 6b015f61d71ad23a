"""How many connections a server may hold: many shells begin programs with room for a thousand open files."""

from __future__ import annotations

import resource
from typing import Final

MOST: Final = 1_048_576
"""Where the hard limit is none; beyond it some systems refuse."""


def raise_open_files() -> int:
    """Take as many open files as this process may have; how many that is. Its workers inherit them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # a system that has a limit of its own below what it says
        return soft
    return wanted
