from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tertulia_client.address import parse_address
from tertulia_client.load.plan import Plan, Verify

PLAN = Plan("town", parse_address("http://h"), "t", 100, rate=2.0, duration_s=20.0, settle_s=1.0, threads=50)


def test_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    def places(plan: Plan) -> list[int]:
        choose = plan.chooser("reader")
        return [choose(number) for number in range(200)]

    assert places(PLAN) == places(replace(PLAN))
    assert places(PLAN) != places(replace(PLAN, seed=2))
    assert PLAN.rng("churn").random() == PLAN.rng("churn").random() != PLAN.rng("slow").random()


def test_first_threads_draw_the_most_by_zipfs_law() -> None:
    choose = PLAN.chooser("reader")
    counts = Counter(choose(number) for number in range(3000))
    assert counts[0] > counts[4] > counts[40]
    assert counts[0] == pytest.approx(3000 / sum(1 / place for place in range(1, 51)), rel=0.15)
    assert replace(PLAN, threads=1).chooser("reader")(7) == 0


def test_posts_are_rate_times_duration_and_at_least_one() -> None:
    assert (PLAN.post_count, replace(PLAN, rate=0.001).post_count) == (40, 1)


def test_books_of_all_of_each_tenth_of_none() -> None:
    booked = {verify: [number for number in range(1, 22) if verify.books(number)] for verify in Verify}
    assert booked == {Verify.FULL: list(range(1, 22)), Verify.SAMPLE: [1, 11, 21], Verify.OFF: []}


def test_stages_stand_for_the_one_rate() -> None:
    plan = replace(PLAN, stages=[(2.0, 0.0, 10.0), (1.0, 10.0, 10.0)], rate=20 / 3, duration_s=3.0)
    assert (plan.post_count, plan.arrivals().duration_s, plan.pace) == (20, 3.0, "in 2 stages")
