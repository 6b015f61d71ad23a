from __future__ import annotations

import pytest

from tertulia_server.forum.ranks import LADDER, rank_of


@pytest.mark.parametrize(
    ("messages", "rank"),
    [
        (-3, "NEW MEMBER"),
        (0, "NEW MEMBER"),
        (9, "NEW MEMBER"),
        (10, "MEMBER"),
        (178, "FULL MEMBER"),
        (1_000, "SENIOR MEMBER"),
        (4_999, "SENIOR MEMBER"),
        (8_024, "ELITE MEMBER"),
    ],
)
def test_rank_of_messages_climbs_the_ladder(messages: int, rank: str) -> None:
    assert rank == rank_of(None, is_banned=False, messages=messages)


def test_rank_set_by_hand_beats_the_ladder() -> None:
    assert rank_of("LAMP KEEPER", is_banned=False, messages=9_000) == "LAMP KEEPER"


def test_rank_of_the_banned_beats_all() -> None:
    assert rank_of("LAMP KEEPER", is_banned=True, messages=9_000) == "BANNED"


def test_ladder_descends_to_zero() -> None:
    steps = [least for least, _ in LADDER]
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] == 0
