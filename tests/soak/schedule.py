"""Which fault when: drawn from the seed, so that a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from tests.soak.scene import FAULTS, Fault

MIXED_AT_ONCE: Final = (3, 5)
LONGEST_LEAD_S: Final = 1.0
"""Faults that are mixed begin up to so far apart."""


class Planned(NamedTuple):
    """``lead_s``: how long after the others of its group it begins. ``seed`` is for its own dice."""

    fault: Fault
    lead_s: float
    seed: int


def available(world_has: Iterable[str], wanted: Iterable[str] = ()) -> list[Fault]:
    """The faults that this world can be given; all, or those with these names."""
    has, names = set(world_has), list(wanted) or list(FAULTS)
    return [FAULTS[name] for name in names if FAULTS[name].needs <= has]


def plan(dice: random.Random, faults: Sequence[Fault]) -> Iterator[list[Planned]]:
    """Groups of faults, for ever: one alone, then some mixed, and so on; each fault once per deal of the cards."""
    stack: list[Fault] = []
    is_alone = True
    while True:
        size = 1 if is_alone else dice.randint(*MIXED_AT_ONCE)
        is_alone = not is_alone
        while len(stack) < size:
            stack += dice.sample(list(faults), len(faults))
        group, stack = stack[:size], stack[size:]
        yield [
            Planned(one, dice.uniform(0, LONGEST_LEAD_S) if size > 1 else 0.0, dice.getrandbits(32)) for one in group
        ]
