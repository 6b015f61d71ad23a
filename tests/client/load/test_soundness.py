from __future__ import annotations

import re

import pytest

from tertulia_client.load.histogram import Histogram
from tertulia_client.load.soundness import MIN_STAMPED, Parts, judge


def lags(lag_s: float) -> Histogram:
    histogram = Histogram()
    histogram.record(lag_s)
    return histogram


def parts(*deliveries: tuple[float, float], count: int = MIN_STAMPED) -> Parts:
    """So many of each: a time, and the generator's part of it (s)."""
    found = Parts()
    for whole_s, generator_s in deliveries:
        for _ in range(count):
            found.record(whole_s, generator_s)
    return found


def test_without_stamps_the_lag_of_the_loop_decides() -> None:
    few = parts((0.5, 0.4), count=MIN_STAMPED - 1)
    assert judge(few, lags(0.02), 0.1).is_valid
    assert judge(few, lags(0.02), 0.1).sentence == ""
    late = judge(few, lags(0.03), 0.1)
    assert not late.is_valid
    assert "its loop was 30.0 ms late at p99 (at most 20.0 ms)" in late.sentence


def test_late_sleeps_do_not_matter_where_the_times_are_known_to_be_right() -> None:
    sound = judge(parts((0.1, 0.01)), lags(0.3), 0.5)
    assert sound.is_valid
    assert sound.sentence.startswith("Of p99, 100.0 ms, the generator made 1")


@pytest.mark.parametrize(
    ("whole_s", "generator_s", "is_valid"),
    [(0.03, 0.019, True), (0.055, 0.05, False), (0.4, 0.07, True), (0.4, 0.09, False)],
)
def test_twenty_ms_or_a_fifth_may_be_the_generators(whole_s: float, generator_s: float, is_valid: bool) -> None:
    assert judge(parts((whole_s, generator_s)), lags(0.0), 0.1).is_valid is is_valid


def test_delays_that_raise_no_percentile_are_no_harm() -> None:
    some = parts(*[(0.06, 0.0)] * 9, (0.03, 0.03))
    assert some.generator.percentile_s(99) > 0.02
    assert judge(some, lags(0.0), 0.1).is_valid


def test_the_percentile_that_was_raised_most_is_told() -> None:
    found = judge(parts((0.05, 0.045), (0.2, 0.0)), lags(0.0), 0.1)
    assert (found.percent, found.is_valid) == (50, False)


def test_full_core_is_saturation_whatever_the_stamps_say() -> None:
    busy = judge(parts((0.1, 0.0)), lags(0.0), 0.95)
    assert not busy.is_valid
    assert "saturated: it took 95% of a core for 5 s (at most 90%). These" in busy.sentence
    assert busy.sentence.endswith("Take fewer readers or posts, --processes, or another machine.")


def test_what_was_found_and_what_to_do_is_said() -> None:
    late = judge(parts((0.055, 0.05)), lags(0.0), 0.1).sentence
    assert re.search(r"of p\d+, 5\d.\d ms, the generator made \d+.\d ms \(at most 20.0 ms or 20% of it", late)
    both = judge(parts((0.055, 0.05)), lags(0.0), 0.95).sentence
    assert "for 5 s (at most 90%), and of p" in both
    starved = judge(parts((0.055, 0.05)), lags(0.0), 0.5, 0.48).sentence
    assert "It waited for a core during 48% of the time: something else ran on it." in starved
