from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_client.load.histogram import Histogram

TIMES = st.lists(st.floats(min_value=0, max_value=100_000), min_size=1, max_size=80)


@given(TIMES, st.sampled_from([1, 50, 90, 99, 99.9, 100]))
def test_percentile_is_the_exact_one_to_within_a_64th(times: list[float], percent: float) -> None:
    histogram = Histogram()
    for time_s in times:
        histogram.record(time_s)
    exact_us = sorted(round(time_s * 1e6) for time_s in times)[max(1, math.ceil(len(times) * percent / 100)) - 1]
    found_us = histogram.percentile_s(percent) * 1e6
    assert exact_us <= found_us + 0.5
    assert found_us <= exact_us * (1 + 1 / 64) + 1
    assert histogram.count == len(times)


@given(TIMES)
def test_largest_is_exact(times: list[float]) -> None:
    histogram = Histogram()
    for time_s in times:
        histogram.record(time_s)
    assert histogram.max_s == pytest.approx(max(times), abs=1e-6)
    assert histogram.percentile_s(100) == histogram.max_s


def test_empty_histogram_is_all_zero() -> None:
    histogram = Histogram()
    assert (histogram.count, histogram.max_s, histogram.percentile_s(99)) == (0, 0.0, 0.0)


@pytest.mark.parametrize(("seconds", "kept"), [(-1.0, 0.0), (1e12, 2**40 / 1e6)])
def test_time_beyond_the_range_counts_as_its_end(seconds: float, kept: float) -> None:
    histogram = Histogram()
    histogram.record(seconds)
    assert histogram.max_s == pytest.approx(kept)
    assert histogram.count == 1


def test_two_are_added_as_if_all_were_counted_in_one() -> None:
    one, other, both = Histogram(), Histogram(), Histogram()
    for index, time_s in enumerate((0.001, 0.5, 2.0, 0.25)):
        (one if index % 2 else other).record(time_s)
        both.record(time_s)
    one.merge(other.as_values())
    assert one.as_values() == both.as_values()
    assert (one.count, one.max_s, one.percentile_s(50)) == (4, 2.0, both.percentile_s(50))
