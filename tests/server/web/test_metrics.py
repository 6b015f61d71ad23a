from __future__ import annotations

from pathlib import Path

import httpx2 as httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from tertulia_server.live.live import Live
from tertulia_server.live.watch import Watch
from tertulia_server.metrics import METRICS, PUSH_DELAY, Histogram, Kind, Snapshot
from tertulia_server.settings import Settings
from tertulia_server.store.metered import MeteredStore
from tertulia_server.web.metrics import render
from tests.server.web.site import Site


def samples_of(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """By name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_each_sample_says_whose_it_is() -> None:
    one: Snapshot = {"tertulia_connections": [((), 3)], "tertulia_store_operations": [(("read",), 1)]}
    other: Snapshot = {"tertulia_connections": [[[], 4.0]]}  # type: ignore[list-item]  # as it comes out of JSON
    samples = samples_of(render({1: one, 2: other}).decode())
    assert samples == {
        ("tertulia_connections", (("worker", "1"),)): 3,
        ("tertulia_connections", (("worker", "2"),)): 4,
        ("tertulia_store_operations", (("kind", "read"), ("worker", "1"))): 1,
    }


def test_histogram_is_told_in_growing_buckets() -> None:
    histogram = Histogram()
    for seconds in (0.002, 0.002, 100.0):
        histogram.observe(seconds)
    samples = samples_of(render({1: {PUSH_DELAY.name: [((), histogram.numbers)]}}).decode())
    buckets = {dict(labels)["le"]: value for (name, labels), value in samples.items() if name.endswith("_bucket")}
    assert (buckets["0.001"], buckets["0.0025"], buckets["10.0"], buckets["+Inf"]) == (0, 2, 2, 3)
    assert samples["tertulia_push_delay_seconds_count", (("worker", "1"),)] == 3


async def scrape(app: Starlette, peer: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(peer, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://forum.test") as client:
        return await client.get("/metrics", headers=headers)


@pytest.fixture
def watched(site: Site) -> Site:
    """With something to tell, though nothing runs."""
    store = MeteredStore(site.store)
    site.app.state.watch = None
    return Site(site.app, store, site.actions, site.town, site.broker)


async def test_every_metric_is_told_to_who_may_read_it(watched: Site, tmp_path: Path) -> None:
    assert isinstance(watched.store, MeteredStore)
    live = Live(Settings(), watched.store, watched.broker)
    await live.start()
    watched.app.state.watch = Watch(live, watched.store)
    answer = await scrape(watched.app, "127.0.0.1")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    names = {name for name, _ in samples_of(answer.text)}
    for metric in METRICS:
        assert (f"{metric.name}_count" if metric.kind is Kind.HISTOGRAM else metric.name) in names
    await live.close()


@pytest.mark.parametrize(("peer", "headers"), [("192.0.2.1", {}), ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"})])
async def test_strangers_do_not_get_them(site: Site, peer: str, headers: dict[str, str]) -> None:
    answer = await scrape(site.app, peer, **headers)
    assert answer.status_code == 403
    assert "tertulia_" not in answer.text
