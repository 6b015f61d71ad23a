from __future__ import annotations

import random

from tertulia_client.bots.progress import Progress
from tertulia_wire.cursors import Cursor


def at(seq: int) -> Cursor:
    return Cursor("e1", seq)


def test_mark_moves_only_over_what_has_ended() -> None:
    progress = Progress(at(0))
    assert [progress.begin(seq) for seq in (1, 2, 3)] == [True] * 3
    progress.end(2)
    assert (progress.mark, progress.done_above) == (at(0), {2})
    progress.end(1)
    assert (progress.mark, progress.done_above) == (at(2), set())
    progress.end(3)
    assert progress.mark == at(3)


def test_what_ended_in_an_earlier_life_is_not_begun_again() -> None:
    progress = Progress(at(4), [4, 6])
    assert [progress.begin(seq) for seq in (4, 5, 6, 7)] == [False, True, False, True]
    progress.end(5)
    assert (progress.mark, progress.done_above) == (at(6), set())


def test_done_event_that_comes_first_moves_the_mark() -> None:
    progress = Progress(at(4), [5])
    assert not progress.begin(5)
    assert progress.mark == at(5)


def test_end_of_what_was_never_begun_changes_nothing() -> None:
    progress = Progress(at(4))
    progress.end(9)
    assert (progress.mark, progress.done_above) == (at(4), set())


def test_bot_that_dies_anywhere_ends_each_event_once() -> None:
    """Begun in order, ended in any order, and now and then started again from what was kept."""
    dice = random.Random(7)
    progress = Progress(at(0))
    ended: list[int] = []
    waiting: list[int] = []
    seq = 0
    while len(ended) < 500:
        if dice.random() < 0.05:
            progress, waiting = Progress(progress.mark, progress.done_above), []
            seq = progress.mark.seq
        elif waiting and dice.random() < 0.5:
            done = waiting.pop(dice.randrange(len(waiting)))
            progress.end(done)
            ended.append(done)
        else:
            seq += 1
            if progress.begin(seq):
                waiting.append(seq)
    assert len(ended) == len(set(ended))
    assert set(range(1, progress.mark.seq + 1)) <= set(ended)
    assert progress.done_above == {one for one in ended if one > progress.mark.seq}
