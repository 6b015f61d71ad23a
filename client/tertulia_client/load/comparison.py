"""Two reports side by side, and which differences are more than noise.

A second resembles the seconds around it, so that single seconds are no samples: a test that takes them for such calls
every third pair of equal runs different. The samples are stretches of several seconds, each with its median. They are
dealt out to the two sides at random, again and again: how often are the sides then as far apart as they were? (A
permutation test, Fisher 1935; it assumes nothing about how times are spread.) What changes from one run to the next, no
second knows: with several runs of each, their medians must lie apart as well.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tertulia_client.errors import ClientError

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
STRETCH_S: Final = 5
MAX_STRETCHES: Final = 100
"""Of a run; those of a longer one are longer."""

MIN_STRETCHES: Final = 8
"""Of each side. With fewer, so many deals are as extreme as any that nothing can be sure."""

DEALS: Final = 2_000
MAX_CHANCE: Final = 0.01
"""How often two sides that do not differ may be as far apart as these."""

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
    """How often samples of one kind, dealt out to two sides, have medians as far apart as these; two-sided.

    The same samples give the same answer: the deals hang on a seed.
    """
    rng, both, count = random.Random(DEALS), [*first, *second], len(first)
    distance, as_far = abs(_median(first) - _median(second)), 0
    for _ in range(DEALS):
        rng.shuffle(both)
        as_far += abs(_median(both[:count]) - _median(both[count:])) >= distance
    return (as_far + 1) / (DEALS + 1)


def stretches(seconds: Sequence[float]) -> Sequence[float]:
    """The medians of whole stretches of a run."""
    length = max(STRETCH_S, math.ceil(len(seconds) / MAX_STRETCHES))
    return [_median(seconds[begin : begin + length]) for begin in range(0, len(seconds) - length + 1, length)]


def _sum(runs: Runs, name: str) -> float:
    return float(sum(run.get(name, 0) for run in runs))


def _overlap(first: Sequence[float], second: Sequence[float]) -> bool:
    return min(first) <= max(second) and min(second) <= max(first)


def _series_row(name: str, factor: float, before: Runs, after: Runs) -> Row:
    title = f"{name.removesuffix('_s')} (ms)" if name.endswith("_s") else f"{name} a second"
    each = [[_series(run, name, factor) for run in runs] for runs in (before, after)]
    all_before, all_after = ([value for run in runs for value in run] for runs in each)
    medians = _median(all_before), _median(all_after)
    first, second = ([value for run in runs for value in stretches(run)] for runs in each)
    if min(len(first), len(second)) < MIN_STRETCHES:
        return Row(title, *medians, f"too short to tell: {MIN_STRETCHES * STRETCH_S} s of each are needed")
    change = abs(medians[1] - medians[0])
    if change < MIN_CHANGE * max(map(abs, medians)) or chance(first, second) > MAX_CHANCE:
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
