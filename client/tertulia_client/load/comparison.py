"""Two reports side by side, and which differences are more than noise.

The seconds of a run are its samples. A rank test (Mann and Whitney 1947) asks whether the seconds of one run tend to be
above those of the other; it assumes nothing about how times are spread, which is never evenly. What changes from one
run to the next, a second does not know: with several runs of each, their medians must lie apart as well.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tertulia_client.errors import ClientError

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
MIN_SECONDS: Final = 5
"""With fewer samples a rank test cannot tell anything."""

MAX_CHANCE: Final = 0.01
"""How often two runs of the same thing may be called different."""

MIN_CHANGE: Final = 0.05
"""Less than a twentieth is of no use to anybody, however sure it is."""

_SERIES: Final = {"p50_s": 1000.0, "p99_s": 1000.0, "max_s": 1000.0, "deliveries": 1.0, "acknowledged": 1.0}
_COUNTS: Final = ("failed", "missing", "duplicate", "out_of_order", "resets")


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of both runs, and a word on the difference."""

    name: str
    before: float
    after: float
    verdict: str


def read_report(path: Path) -> Mapping[str, Any]:
    """A report that was kept with ``--save``; `ClientError` for what is none."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ClientError(f"{path} is larger than any report.")
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError:
        report = None
    if not isinstance(report, dict) or not isinstance(report.get("moments"), list):
        raise ClientError(f"{path} is no report of `tertulia load --save`.")
    return report


Runs = Sequence[Mapping[str, Any]]


def compare(before: Runs, after: Runs) -> Sequence[Row]:
    """Counts of faults as they are, and each series by its medians; one run or more of each."""
    rows = [_series_row(name, factor, before, after) for name, factor in _SERIES.items()]
    for name in _COUNTS:
        counts = _sum(before, name), _sum(after, name)
        rows.append(Row(name, *counts, "the same" if counts[0] == counts[1] else "different"))
    return rows


def differences_of_plan(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[str]:
    """What makes the two no comparison of like with like."""
    names = ("scenario", "readers", "seed", "verify")
    told = [
        f"{name}: {before.get(name)} and {after.get(name)}" for name in names if before.get(name) != after.get(name)
    ]
    invalid = [which for which, run in (("first", before), ("second", after)) if not run.get("is_valid", True)]
    return [*told, *(f"the {which} run is INVALID" for which in invalid)]


def as_text(rows: Sequence[Row]) -> str:
    """A table."""
    lines = [f"{'':<22}{'before':>12}{'after':>12}{'change':>10}"]
    for row in rows:
        change = f"{(row.after / row.before - 1):+.0%}" if row.before else "-"
        lines.append(f"{row.name:<22}{row.before:>12,.1f}{row.after:>12,.1f}{change:>10}  {row.verdict}")
    return "\n".join(lines)


def chance(first: Sequence[float], second: Sequence[float]) -> float:
    """How likely so great a difference of ranks is by chance: two-sided, by the normal law, corrected for ties."""
    count, other = len(first), len(second)
    both = sorted([*((value, 0) for value in first), *((value, 1) for value in second)])
    rank_sum, ties, begin = 0.0, 0.0, 0
    while begin < len(both):
        end = begin
        while end < len(both) and both[end][0] == both[begin][0]:
            end += 1
        rank_sum += (begin + 1 + end) / 2 * sum(1 for _, which in both[begin:end] if which == 0)
        ties += (end - begin) ** 3 - (end - begin)
        begin = end
    total = count + other
    variance = count * other / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    distance = abs(rank_sum - count * (count + 1) / 2 - count * other / 2) - 0.5
    return math.erfc(max(0.0, distance) / math.sqrt(2 * variance))


def _sum(runs: Runs, name: str) -> float:
    return float(sum(run.get(name, 0) for run in runs))


def _overlap(first: Sequence[float], second: Sequence[float]) -> bool:
    return min(first) <= max(second) and min(second) <= max(first)


def _series_row(name: str, factor: float, before: Runs, after: Runs) -> Row:
    title = f"{name.removesuffix('_s')} (ms)" if name.endswith("_s") else f"{name} a second"
    each = [[_series(run, name, factor) for run in runs] for runs in (before, after)]
    first, second = ([value for run in runs for value in run] for runs in each)
    medians = _median(first), _median(second)
    if min(len(first), len(second)) < MIN_SECONDS:
        return Row(title, *medians, "too few seconds to tell")
    change = abs(medians[1] - medians[0])
    if chance(first, second) > MAX_CHANCE or change < MIN_CHANGE * max(map(abs, medians)):
        return Row(title, *medians, "noise")
    if _overlap(*([_median(run) for run in runs] for runs in each)):
        return Row(title, *medians, "noise")
    return Row(title, *medians, "different")


def _series(report: Mapping[str, Any], name: str, factor: float) -> Sequence[float]:
    """Of whole seconds only: the last moment of a run is whatever was left."""
    values = [moment.get(name) for moment in report["moments"][:-1] if isinstance(moment, dict)]
    return [value * factor for value in values if isinstance(value, int | float)]


def _median(values: Sequence[float]) -> float:
    if not values:
        return 0.0
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
