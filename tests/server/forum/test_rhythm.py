from __future__ import annotations

import random
from statistics import median

from tertulia_server.forum.rhythm import MAX_PAUSE_S, MOST_CROSSING_S, pauses_s


def test_first_post_comes_at_once_and_the_seed_decides_the_others() -> None:
    lengths = [100, 200, 300]
    first, second, other = (list(pauses_s(lengths, random.Random(seed))) for seed in (1, 1, 2))
    assert (first[0], len(first)) == (0.0, 3)
    assert first == second != other
    assert list(pauses_s([], random.Random(1))) == []


def test_long_posts_take_longer_and_nobody_takes_for_ever() -> None:
    short, long = (list(pauses_s([chars] * 500, random.Random(3)))[1:] for chars in (40, 2000))
    assert median(long) > 2 * median(short)
    assert max(long) == MAX_PAUSE_S
    assert 20 < sum(pause < MOST_CROSSING_S for pause in long) < 120
