from __future__ import annotations

import random

import pytest

from tertulia_client.backoff import Backoff, full_jitter_s


class Top(random.Random):
    """Always the longest wait."""

    def uniform(self, a: float, b: float) -> float:
        return b


def test_waits_double_up_to_the_cap() -> None:
    backoff = Backoff(Top(), base_s=1.0, cap_s=5.0)
    assert [backoff.next_delay_s() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_success_begins_anew() -> None:
    backoff = Backoff(Top(), base_s=1.0)
    backoff.next_delay_s()
    backoff.succeeded()
    assert backoff.next_delay_s() == 1.0


def test_told_time_is_waited_in_full_and_the_jitter_too() -> None:
    assert Backoff(Top(), base_s=1.0).next_delay_s(2500) == 3.5


@pytest.mark.parametrize("attempt", [0, 5, 31, 10**6])
def test_jitter_is_spread_over_the_whole_range(attempt: int) -> None:
    waits = [full_jitter_s(random.Random(seed), attempt, base_s=1.0, cap_s=8.0) for seed in range(200)]
    bound = min(8.0, 2.0 ** min(attempt, 10))
    assert min(waits) < 0.1 * bound
    assert 0.9 * bound < max(waits) <= bound
