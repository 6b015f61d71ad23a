from __future__ import annotations

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.conditions import MAX_TERMS, parse_condition
from tertulia_client.load.figures import is_figure

FIGURES = {"p99": 0.25, "missing": 0.0, "cpu": 0.5, "received": 12.0}


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("p99<300ms and missing==0", []),
        ("p99 <= 0.25 and received>=12, cpu<60%", []),
        ("p99<200ms and missing==0", ["p99<200ms (it is 250ms)"]),
        ("cpu<40% and received!=12", ["cpu<40% (it is 50%)", "received!=12 (it is 12)"]),
        ("p99>1s", ["p99>1s (it is 0.25s)"]),
    ],
)
def test_terms_that_do_not_hold_are_named_with_what_was_found(text: str, broken: list[str]) -> None:
    assert parse_condition(text).broken(FIGURES) == broken


@pytest.mark.parametrize("text", ["", "p99", "p99<", "p99<fast", "p99<1 or missing==0", "__import__('os')<1", "p99=1"])
def test_what_is_no_condition_is_told(text: str) -> None:
    with pytest.raises(ClientError, match="is no condition"):
        parse_condition(text)


def test_figure_that_there_is_not_and_too_many_are_told() -> None:
    with pytest.raises(ClientError, match=r"no figure 'p98'. It has: cpu, missing"):
        parse_condition("p98<1").broken(FIGURES)
    with pytest.raises(ClientError, match="up to"):
        parse_condition(" and ".join(["p99<1"] * (MAX_TERMS + 1)))


def test_what_was_found_is_said_in_the_unit_of_the_condition() -> None:
    condition = parse_condition("p99<200ms and missing==0")
    assert condition.found({"p99": 0.0125, "missing": 3.0}) == {"p99<200ms": "12.5ms", "missing==0": "3"}
    with pytest.raises(ClientError, match="no figure"):
        condition.found({})


def test_figure_that_no_report_has_is_told_before_the_run() -> None:
    parse_condition("step_p99_9<1s and missing==0").check(is_figure)
    with pytest.raises(ClientError, match=r"no figure 'p98', as in p98<1s\. There are p50"):
        parse_condition("max<1s and p98<1s").check(is_figure)
