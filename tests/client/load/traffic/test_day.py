from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from tertulia_client.address import parse_address
from tertulia_client.load.plan import Plan
from tertulia_client.load.traffic.acts import Act, Doing, Script
from tertulia_client.load.traffic.day import (
    DAY_S,
    LEAST_BUSY,
    MAX_CHARS,
    STAY_S,
    busyness,
    busyness_of,
    make_day,
    make_visits,
)


def plan(**changes: Any) -> Plan:
    usual = {"readers": 50, "rate": 10.0, "duration_s": 200.0, "settle_s": 1.0, "threads": 20}
    return Plan("day", parse_address("http://127.0.0.1:1"), "t", **(usual | changes))


def test_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    assert make_day(plan()) == make_day(plan())
    assert make_visits(plan()) == make_visits(plan())
    assert make_day(plan()) != make_day(plan(seed=2))
    assert make_visits(plan()) != make_visits(plan(seed=2))


def test_posts_follow_the_hours_and_threads_the_law_of_zipf() -> None:
    script = make_day(plan())
    posts = [act for act in script.acts if act.doing is Doing.POST]
    assert len(posts) == 2000
    assert [act.at_s for act in script.acts] == sorted(act.at_s for act in script.acts)
    hours = Counter(int(act.at_s / 3600 + 4) % 24 for act in posts)
    assert hours[20] > 3 * hours[6]
    threads = Counter(act.thread for act in posts)
    assert threads[0] > 2 * threads[5] > 0
    assert all(0 < len(act.text) <= MAX_CHARS for act in posts)


def test_some_posts_are_edited_and_rated_after_they_were_written() -> None:
    script = make_day(plan())
    written = {act.post: act.at_s for act in script.acts if act.doing is Doing.POST}
    others = [act for act in script.acts if act.doing is not Doing.POST]
    counts = Counter(act.doing for act in others)
    assert counts[Doing.EDIT] > 80
    assert counts[Doing.RATE] > 600
    assert all(written[act.post] <= act.at_s <= DAY_S for act in others)
    assert {act.mark for act in others if act.doing is Doing.RATE} == {"positive", "negative"}


def test_nobody_takes_a_seat_that_is_taken_and_evenings_are_fuller_than_nights() -> None:
    visits = make_visits(plan())
    assert {visit.seat for visit in visits} == set(range(1, 51))
    by_seat: dict[int, list[tuple[float, float]]] = {}
    for visit in visits:
        by_seat.setdefault(visit.seat, []).append((visit.comes_s, visit.goes_s))
    for stays in by_seat.values():
        assert all(left[1] <= right[0] for left, right in pairwise(stays))
    present = [sum(visit.comes_s <= hour * 3600 < visit.goes_s for visit in visits) for hour in range(1, 24)]
    assert max(present) > 30
    assert present[0] < 12
    assert abs(sum(visit.goes_s - visit.comes_s for visit in visits) / len(visits) - STAY_S) < STAY_S / 4


def test_average_stay_is_not_less_than_it_must_be() -> None:
    usual, longer = make_visits(plan()), make_visits(plan(), least_stay_s=3 * STAY_S)
    assert len(longer) < len(usual) / 2
    assert make_visits(plan(), least_stay_s=STAY_S / 2) == usual


def test_recording_draws_readers_by_what_was_written_in_it() -> None:
    acts = [Act(at_s, Doing.POST, 0, number) for number, at_s in enumerate((*[100.0] * 10, *[5_000.0] * 5, 9_600.0))]
    busy = busyness_of(Script(acts, 1))
    assert [busy(at_s) for at_s in (100.0, 5_000.0, 9_600.0, 9_999_999.0)] == [1.0, 0.5, 0.1, 0.1]
    assert busy(2_000.0) == LEAST_BUSY
    visits = make_visits(plan(readers=2_000), 9_600.0, busy)
    assert all(visit.comes_s < 9_600.0 for visit in visits)
    first, quiet = (sum(begin <= visit.comes_s < begin + 200 for visit in visits) for begin in (0, 2_000))
    assert first > 5 * quiet
    assert busyness_of(Script([], 1))(0.0) == LEAST_BUSY


def test_day_is_as_busy_between_two_hours_as_is_between_them() -> None:
    assert busyness(0.0) == 0.03
    assert busyness(1800.0) == 0.035
    assert busyness(DAY_S) == busyness(0.0)
    assert max(busyness(hour * 3600) for hour in range(24)) == 1.0
