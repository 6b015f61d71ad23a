"""Python's collector of garbage that refers to itself, set up for a process that serves.

As it comes, it looks through all young objects at every 700 that were made: a few times in each request, and what
is found alive is the state of all other requests under way. With 64 of them that was 60 % of a page's processor time.
"""

from __future__ import annotations

import gc
from typing import Final

YOUNG_OBJECTS: Final = 20_000
"""Objects made since the last look until the next. Garbage in cycles is rare here: a few megabytes wait at most."""

OLDER_GENERATIONS: Final = (10, 10)
"""Looks at the young until one at the middle-aged, and of those until one at all."""


def calm_collector() -> None:
    """Call once, when all that lives for ever is there: it is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *OLDER_GENERATIONS)
