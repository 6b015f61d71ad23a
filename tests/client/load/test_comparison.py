from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.comparison import (
    MAX_CHANCE,
    MAX_STRETCHES,
    MIN_STRETCHES,
    as_text,
    chance,
    compare,
    differences_of_plan,
    read_report,
    stretches,
)

TOO_SHORT = "too short to tell: 40 s of each are needed"


def report(seed: int, median_s: float, **more: Any) -> dict[str, Any]:
    rng = random.Random(seed)
    moments = [
        {"p50_s": rng.gauss(median_s, median_s / 5), "p99_s": rng.gauss(0.2, 0.05), "max_s": 1.0, "deliveries": 100}
        for _ in range(61)
    ]
    return {"scenario": "crowd", "readers": 10, "seed": 1, "verify": "full", "moments": moments, **more}


def verdicts(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    return {row.name: row.verdict for row in compare([before], [after])}


def test_two_runs_of_the_same_are_noise_and_a_slower_one_is_different() -> None:
    same = verdicts(report(1, 0.010), report(2, 0.010))
    assert same["p50 (ms)"] == same["p99 (ms)"] == same["max (ms)"] == same["deliveries a second"] == "noise"
    slower = verdicts(report(1, 0.010), report(2, 0.016, missing=1))
    assert (slower["p50 (ms)"], slower["p99 (ms)"], slower["missing"]) == ("different", "noise", "different")


def test_sure_but_tiny_changes_are_noise_and_short_runs_tell_nothing() -> None:
    first, second = report(1, 0.01), report(1, 0.01)
    second["moments"] = [{**moment, "deliveries": 101} for moment in second["moments"]]
    assert verdicts(first, second)["deliveries a second"] == "noise"
    short = {**first, "moments": first["moments"][:4]}
    assert verdicts(first, short)["p50 (ms)"] == TOO_SHORT
    assert verdicts(first, {**first, "moments": []})["p50 (ms)"] == TOO_SHORT


def test_chance_is_small_for_what_lies_apart_and_great_for_what_does_not() -> None:
    low, high = list(range(MIN_STRETCHES)), list(range(100, 100 + MIN_STRETCHES))
    assert chance(low, high) < MAX_CHANCE < chance(low[:5], high[:5]), "five and five can tell nothing"
    assert chance(low, high) == chance(low, high)
    assert chance([1.0] * 8, [1.0] * 8) == 1.0
    assert chance([1.0, 3.0, 5.0, 7.0], [2.0, 4.0, 6.0, 8.0]) > 0.5


def test_stretches_are_whole_and_not_more_than_so_many() -> None:
    assert list(stretches([1, 2, 3, 4, 5, 9, 9])) == [3]
    assert list(stretches([1, 2, 3])) == []
    assert len(stretches(list(range(10_000)))) == MAX_STRETCHES


def test_seconds_that_resemble_their_neighbours_are_not_taken_for_more_than_they_are() -> None:
    """Equal runs whose load wanders: single seconds would call many of them different."""

    def wandering(seed: int) -> list[float]:
        rng, place, seconds = random.Random(seed), 0.0, []
        for _ in range(60):
            place = 0.8 * place + 0.6 * rng.gauss(0, 1)
            seconds.append(20 * 1.25**place)
        return seconds

    pairs = [(wandering(2 * seed), wandering(2 * seed + 1)) for seed in range(15)]
    assert sum(chance(stretches(first), stretches(second)) < MAX_CHANCE for first, second in pairs) <= 1
    assert sum(chance(first, second) < MAX_CHANCE for first, second in pairs) >= 3


def test_table_and_what_is_not_alike() -> None:
    text = as_text(compare([report(1, 0.010)], [report(2, 0.020)]))
    assert "before" in text.splitlines()[0]
    assert any(line.startswith("p50 (ms)") and line.endswith("different") for line in text.splitlines())
    unlike = differences_of_plan(report(1, 0.01), report(1, 0.01, readers=20, is_valid=False))
    assert unlike == ["readers: 10 and 20", "the second run is INVALID"]


def test_reports_are_read_and_what_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(report(1, 0.01)))
    assert read_report(path)["readers"] == 10
    for text in ("{}", "[]", "no json"):
        path.write_text(text)
        with pytest.raises(ClientError, match="is no report"):
            read_report(path)
    with pytest.raises(ClientError, match="cannot be read"):
        read_report(tmp_path / "none.json")


def test_what_changes_from_run_to_run_is_noise_when_there_are_several() -> None:
    before, after = [report(1, 0.010), report(2, 0.018)], [report(3, 0.016), report(4, 0.024)]
    assert compare(before[:1], after[:1])[0].verdict == "different"
    assert compare(before, after)[0].verdict == "noise"
    apart = compare(before, [report(3, 0.030), report(4, 0.040, missing=2)])
    assert apart[0].verdict == "different"
    assert [row.after for row in apart if row.name == "missing"] == [2.0]
