from __future__ import annotations

from collections.abc import Iterator

import pytest

from tertulia_server.forum.ranks import LADDER, parse_ladder, rank_of, use_ladder


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


@pytest.fixture
def usual_ladder_after() -> Iterator[None]:
    yield
    use_ladder(LADDER)


def test_ladder_of_a_forum_is_parsed_and_used(usual_ladder_after: None) -> None:
    use_ladder(parse_ladder(" 50 Regular  guest, 0 Newcomer,"))
    assert [rank_of(None, is_banned=False, messages=messages) for messages in (0, 49, 50)] == [
        "Newcomer",
        "Newcomer",
        "Regular guest",
    ]


def test_ladder_of_nothing_is_the_usual_one() -> None:
    assert parse_ladder(" ") == LADDER


@pytest.mark.parametrize("text", ["NEW MEMBER", "0", "5 MEMBER", "-1 X, 0 Y", "0 " + "x" * 41, "² X, 0 Y"])
def test_ladder_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_ladder(text)
