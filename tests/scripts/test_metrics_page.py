from __future__ import annotations

from metrics_page import metrics_page
from tertulia_server.metrics import METRICS


def test_page_has_a_row_for_each_metric() -> None:
    rows = [line for line in metrics_page().splitlines() if line.startswith("| `tertulia_")]
    assert [row.split("`")[1] for row in rows] == [metric.name for metric in METRICS]
    assert all(row.count("|") == 5 for row in rows)
