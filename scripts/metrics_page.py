"""docs/reference/metrics.md, made from the declarations of the metrics."""

from __future__ import annotations

from typing import Final

from tertulia_server.metrics import BOUNDS_S, METRICS, Metric

_INTRODUCTION: Final = """\
# Metrics

`GET /metrics` answers in the text format of Prometheus, for the addresses of the setting `TERTULIA_METRICS_READERS`
(this machine, unless told otherwise) and 403 to all others. Any worker answers for all workers of its server: each
sample has the label `worker`, the worker's number. Those of the other workers are at most a second old; a worker that
has not told its own for 10 s is left out. Counters begin at 0 with each worker, as Prometheus expects: ask for
`sum(rate(...))`.

This page is generated from `server/tertulia_server/metrics.py` by `scripts/reference.py`.
"""


def metrics_page() -> str:
    """The whole page."""
    bounds = ", ".join(f"{bound:g}" for bound in BOUNDS_S)
    rows = "\n".join(map(_row_of, METRICS))
    return (
        f"{_INTRODUCTION}\n| name | kind | labels | what |\n|---|---|---|---|\n{rows}\n\n"
        f"Histograms have buckets up to {bounds} seconds.\n"
    )


def _row_of(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind.value} | {labels} | {metric.words} |"
