"""A report as named figures, as conditions and comparisons use them: counts, and times in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tertulia_client.load.histogram import Histogram
from tertulia_client.load.report import Report

COUNTS: Final = frozenset(
    {"readers", "connected", "reconnects", "acknowledged", "failed", "expected", "received", "missing", "duplicate"}
    | {"out_of_order", "resets", "cpu", "waited"}
)
PERCENTILES: Final = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99_9": 99.9}


def is_figure(name: str) -> bool:
    """Whether a report may have it: of rows with names of the scenario's own any percentile."""
    return name in COUNTS or re.fullmatch(rf"(?:[a-z0-9_]+_)?(?:{'|'.join(PERCENTILES)}|max)", name) is not None


def main_times(report: Report) -> Histogram:
    """The times that a run is about: deliveries; without readers, pages; without pages, acknowledgements."""
    for times in (report.delivery_times, report.other_times.get("page read"), report.acknowledge_times):
        if times is not None and times.count:
            return times
    return report.delivery_times


def figures_of(report: Report) -> Mapping[str, float]:
    """``p99`` is that of `main_times`; those of other rows have its name before them: ``connect_p99``."""
    balance = report.balance
    figures: dict[str, float] = {
        "readers": report.readers,
        "connected": report.connected,
        "reconnects": report.reconnects,
        "acknowledged": report.acknowledged,
        "failed": report.failed,
        "expected": balance.expected,
        "received": balance.received,
        "missing": balance.missing,
        "duplicate": balance.duplicate,
        "out_of_order": balance.out_of_order,
        "resets": balance.resets,
        "cpu": max(report.cpu_share, report.busiest_share),
        "waited": report.waited_share,
    }
    rows = {
        "": main_times(report),
        "acknowledge_": report.acknowledge_times,
        "connect_": report.connect_times,
        "lag_": report.loop_lags,
        "server_": report.parts.server,
        "generator_": report.parts.generator,
        **{f"{_slug(name)}_": times for name, times in report.other_times.items()},
    }
    for prefix, times in rows.items():
        figures |= {f"{prefix}{name}": times.percentile_s(percent) for name, percent in PERCENTILES.items()}
        figures[f"{prefix}max"] = times.max_s
    return figures


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.replace(",", ""))
