"""How many connections a server may hold: many shells begin programs with room for a thousand open files."""

from __future__ import annotations

import resource
from typing import Final

MOST: Final = 1_048_576
"""Where the hard limit is none; beyond it some systems refuse."""

FEWER: Final = (65_536, 10_240)
"""What is asked for when that is refused; the last is as much as macOS gives (OPEN_MAX)."""

SPARE_FILES: Final = 200
"""What a worker opens beside its live connections: the database, the broker, requests, its own files."""


def raise_open_files() -> int:
    """Take as many open files as this process may have; how many that is. Its workers inherit them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    for count in (wanted, *(fewer for fewer in FEWER if soft < fewer < wanted)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
        except (OSError, ValueError):  # a system that has a limit of its own below what it says
            continue
        return count
    return soft


def shortage(open_files: int, max_connections: int) -> str:
    """A sentence for the operator if so many open files are too few for a worker's connections; else nothing."""
    if open_files == resource.RLIM_INFINITY or open_files >= max_connections + SPARE_FILES:
        return ""
    return (
        f"A worker may have {open_files:,} files open, which is too few for {max_connections:,} live connections "
        "(TERTULIA_MAX_CONNECTIONS). Raise `ulimit -n`, or LimitNOFILE of the service."
    )
