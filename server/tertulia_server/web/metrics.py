"""``GET /metrics``: the figures of all workers, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.errors import Refusal
from tertulia_server.metrics import BOUNDS_S, METRICS, Kind, Metric, Snapshot, Value
from tertulia_server.settings import networks_of
from tertulia_server.web.proxies import is_near
from tertulia_server.web.services import services_of, watch_of
from tertulia_wire.codes import Code

_BOUNDS: Final = (*map(str, BOUNDS_S), "+Inf")


async def show_metrics(request: Request) -> Response:
    """For those whom the setting ``metrics_readers`` names; ``FORBIDDEN`` to all others."""
    if not is_near(request.scope, networks_of(services_of(request).settings.metrics_readers)):
        raise Refusal(Code.FORBIDDEN, "Which addresses may read this is the setting TERTULIA_METRICS_READERS.")
    return Response(render(watch_of(request).board.read()), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def render(snapshots: Mapping[int, Snapshot]) -> bytes:
    """The snapshots of workers, by number, as one text; each sample says by ``worker`` whose it is."""
    registry = CollectorRegistry()
    registry.register(_Families(snapshots))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, snapshots: Mapping[int, Snapshot]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            family = _family_of(metric)
            for number, snapshot in sorted(self._snapshots.items()):
                for labels, value in snapshot.get(metric.name, ()):
                    _add(family, [*labels, str(number)], value)
            yield family


def _family_of(metric: Metric) -> Family:
    labels = [*metric.labels, "worker"]
    match metric.kind:
        case Kind.COUNTER:
            return CounterMetricFamily(metric.name, metric.words, labels=labels)
        case Kind.GAUGE:
            return GaugeMetricFamily(metric.name, metric.words, labels=labels)
        case Kind.HISTOGRAM:
            return HistogramMetricFamily(metric.name, metric.words, labels=labels)


def _add(family: Family, labels: list[str], value: Value) -> None:
    if isinstance(family, HistogramMetricFamily):
        assert not isinstance(value, float | int)  # noqa: S101 - a histogram has its numbers
        *counts, sum_s = value
        family.add_metric(labels, list(zip(_BOUNDS, accumulate(counts), strict=True)), sum_s)
    elif isinstance(family, CounterMetricFamily | GaugeMetricFamily):
        assert isinstance(value, float | int)  # noqa: S101 - counters and gauges are numbers
        family.add_metric(labels, value)
