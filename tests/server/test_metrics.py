from __future__ import annotations

import re

import pytest

from tertulia_server.metrics import BOUNDS_S, METRICS, Histogram, Kind, Metric


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_name_says_what_is_counted_and_in_which_unit(metric: Metric) -> None:
    assert re.fullmatch(r"tertulia(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.name.endswith("_seconds") or metric.kind is not Kind.HISTOGRAM
    assert metric.words.endswith(".")


def test_no_name_is_given_twice() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)


def test_histogram_puts_each_time_into_the_bucket_of_its_bound() -> None:
    histogram = Histogram()
    for seconds in (0.0, BOUNDS_S[0], BOUNDS_S[-1], BOUNDS_S[-1] + 1):
        histogram.observe(seconds)
    assert histogram.counts == [2, *[0] * (len(BOUNDS_S) - 2), 1, 1]
    assert histogram.count == 4
    assert histogram.numbers[-1] == histogram.sum_s == 0.0 + BOUNDS_S[0] + BOUNDS_S[-1] + BOUNDS_S[-1] + 1
