"""A day of a forum, made up: posts and readers by the hour, threads by Zipf's law, second thoughts and opinions.

The shape of the day is that of forums whose members live in one time zone: least before dawn, a shoulder at noon, most
in the evening. All of it hangs on the seed of the plan.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from tertulia_client.api import Mark
from tertulia_client.load.plan import Plan
from tertulia_client.load.traffic.acts import Act, Doing, Script

DAY_S: Final = 86_400.0
FIRST_HOUR: Final = 4
"""A day begins when it is quietest."""

HOURS: Final = (18, 10, 6, 4, 3, 4, 8, 16, 28, 38, 44, 48, 56, 52, 46, 46, 50, 58, 68, 82, 96, 100, 76, 42)
"""How busy each hour is, of a hundred; from midnight on."""

STAY_S: Final = 40 * 60.0
"""For how long a reader stays, on average: a tab that is left open while one does other things."""

FULLEST: Final = 0.8
"""At the busiest hour so many of the seats are taken on average: the others are for chance."""

AUTHORS: Final = 20
"""Members who write and rate; a few of them write most, as anywhere (Zipf's law)."""

EDITED_SHARE: Final = 0.08
EDIT_AFTER_S: Final = 150.0
RATINGS_PER_POST: Final = 0.5
RATED_AFTER_S: Final = 900.0
NEGATIVE_SHARE: Final = 0.15
MEDIAN_CHARS: Final = 180
SPREAD_CHARS: Final = 0.9
"""Of the logarithm: most posts are short, some are long."""

MAX_CHARS: Final = 4_000
MAX_VISITS: Final = 1_000_000
PIECES_OF_SCRIPT: Final = 48
LEAST_BUSY: Final = 0.03

Busy = Callable[[float], float]
"""How busy a moment is, in seconds from the beginning: from 0 to 1."""

_TALK: Final = """
and so it was that the harbour had its light again which nobody had thought possible in a winter one more cup then
we shall see about the boat the stairs and all those keys on the ring
"""
_WORDS: Final = _TALK.split()


@dataclass(frozen=True, slots=True)
class Visit:
    """A reader takes a seat (from 1), and leaves it; seconds of the day."""

    seat: int
    comes_s: float
    goes_s: float


def make_day(plan: Plan) -> Script:
    """As many posts as the plan has, and what becomes of them."""
    rng, place = plan.rng("day"), plan.chooser("post")
    moments = sorted(_moment_s(rng) for _ in range(plan.post_count))
    authors = plan.rng("authors").choices(
        range(AUTHORS), [1 / (author + 1) for author in range(AUTHORS)], k=len(moments)
    )
    acts = [
        replace(act, author=authors[number - 1])
        for number, at_s in enumerate(moments, start=1)
        for act in _life(rng, number, at_s, place(number - 1))
    ]
    acts.sort(key=lambda act: act.at_s)
    return Script([act for act in acts if act.at_s <= DAY_S], plan.threads)


def make_visits(
    plan: Plan, length_s: float = DAY_S, busy: Busy | None = None, *, least_stay_s: float = 0.0
) -> Sequence[Visit]:
    """Who comes when and stays how long; whoever finds no seat goes on to another place.

    ``busy`` is the shape of so much time; without one it is that of a day. ``least_stay_s`` is the least average stay:
    time that passes very quickly must not make visitors of moments.
    """
    stay_s = max(STAY_S, least_stay_s)
    return list(_visits(plan.rng("visits"), plan.readers, length_s, stay_s, busy or busyness))


def busyness_of(script: Script) -> Busy:
    """By what was written, in as many pieces as a day has half hours; never quite nothing: some only read."""
    piece_s = max(1.0, script.length_s) / PIECES_OF_SCRIPT
    counts = Counter(min(PIECES_OF_SCRIPT - 1, int(act.at_s / piece_s)) for act in script.acts)
    most = max(counts.values(), default=1)
    return lambda at_s: max(LEAST_BUSY, counts[min(PIECES_OF_SCRIPT - 1, int(at_s / piece_s))] / most)


def busyness(at_s: float) -> float:
    """Of a moment of the day, from 0 to 1; between two hours it grows or falls evenly."""
    hour, share = divmod(at_s / 3600 + FIRST_HOUR, 1)
    here, there = HOURS[int(hour) % 24], HOURS[(int(hour) + 1) % 24]
    return (here + (there - here) * share) / max(HOURS)


def _life(rng: random.Random, number: int, at_s: float, thread: int) -> Iterator[Act]:
    yield Act(at_s, Doing.POST, thread, number, _text(rng))
    if rng.random() < EDITED_SHARE:
        yield Act(at_s + rng.expovariate(1 / EDIT_AFTER_S), Doing.EDIT, thread, number, _text(rng))
    while rng.random() < RATINGS_PER_POST / (1 + RATINGS_PER_POST):
        rated_s = at_s + rng.expovariate(1 / RATED_AFTER_S)
        yield Act(rated_s, Doing.RATE, thread, number, mark=_mark(rng))


def _mark(rng: random.Random) -> Mark:
    return "negative" if rng.random() < NEGATIVE_SHARE else "positive"


def _visits(rng: random.Random, seats: int, length_s: float, mean_s: float, busy: Busy) -> Iterator[Visit]:
    """Arrivals are a stream that is thinned out by how busy the moment is, so that they are right at any scale."""
    free, taken = list(range(1, seats + 1)), list[tuple[float, int]]()
    at_s = 0.0
    for _ in range(MAX_VISITS):
        at_s += rng.expovariate(seats * FULLEST / mean_s)
        if at_s >= length_s:
            return
        while taken and taken[0][0] <= at_s:
            free.append(heapq.heappop(taken)[1])
        stay_s = rng.expovariate(1 / mean_s)
        if rng.random() < busy(at_s) and free:
            seat = free.pop()
            heapq.heappush(taken, (at_s + stay_s, seat))
            yield Visit(seat, at_s, at_s + stay_s)


_PIECES: Final = 24 * 12
_SUMS: Final = list(accumulate(busyness((piece + 0.5) * DAY_S / _PIECES) for piece in range(_PIECES)))


def _moment_s(rng: random.Random) -> float:
    """Busy hours get the more; within five minutes all moments are alike."""
    piece = bisect_left(_SUMS, rng.random() * _SUMS[-1])
    return (piece + rng.random()) * DAY_S / _PIECES


def _text(rng: random.Random) -> str:
    wanted = min(MAX_CHARS, max(8, round(MEDIAN_CHARS * rng.lognormvariate(0.0, SPREAD_CHARS))))
    words: list[str] = []
    length = 0
    while length < wanted:
        words.append(rng.choice(_WORDS))
        length += len(words[-1]) + 1
    return " ".join(words).capitalize()[: wanted - 1].rstrip() + "."
