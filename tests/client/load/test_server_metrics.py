from __future__ import annotations

import asyncio
import time

import pytest

from tertulia_client.address import parse_address
from tertulia_client.load import server_metrics as module
from tertulia_client.load.server_metrics import ServerWatch, moment_between, read_samples
from tertulia_client.testing import FakeServer
from tests.processes import TertuliaServer

TEXT = """
# HELP tertulia_connections Live connections.
# TYPE tertulia_connections gauge
tertulia_connections{worker="0"} 5
tertulia_connections{worker="1"} 7
tertulia_store_operations{kind="read",worker="0"} 2
tertulia_store_operations{kind="write",worker="0"} 1
tertulia_cpu_seconds_total{worker="0"} 10.5
tertulia_memory_bytes{worker="0"} 1e+06
other_metric{worker="0"} 9
tertulia_odd{worker="0"} many
"""


def test_samples_are_read_by_metric_and_worker() -> None:
    samples = read_samples(TEXT)
    assert samples["tertulia_connections", "1"] == 7
    assert samples["tertulia_store_operations", "0"] == 3
    assert len(samples) == 5


def test_moment_sums_the_workers_and_one_that_began_anew_counts_from_nothing() -> None:
    cpu, lag = "tertulia_cpu_seconds_total", "tertulia_loop_lag_seconds"
    before = {(cpu, "0"): 10.0, (cpu, "1"): 20.0, (f"{lag}_sum", "0"): 1.0, (f"{lag}_count", "0"): 100.0}
    after = {
        (cpu, "0"): 10.5,
        (cpu, "1"): 0.25,
        (f"{lag}_sum", "0"): 1.5,
        (f"{lag}_count", "0"): 150.0,
        ("tertulia_lagging_subscriptions", "0"): 4.0,
        ("tertulia_log_reads_waiting", "1"): 2.0,
    }
    moment = moment_between(before, after, at_s=3.0, elapsed_s=1.0)
    assert (moment.cpu_share, moment.lagging, moment.waiting) == (0.75, 4, 2)
    assert moment.lag_s == pytest.approx(0.01)


async def test_real_server_tells_of_itself(forum: TertuliaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SCRAPE_S", 0.05)
    watch = ServerWatch(parse_address(forum.url), time.monotonic, lambda _: None)
    async with asyncio.timeout(30):
        watching = asyncio.create_task(watch.run())
        while len(watch.moments) < 2:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert watch.moments[-1].memory_bytes > 10_000_000


async def test_server_that_does_not_tell_is_asked_once() -> None:
    said: list[str] = []
    async with asyncio.timeout(30), FakeServer() as server:
        await ServerWatch(parse_address(server.url), time.monotonic, said.append).run()
    assert said == ["the server's own figures are not to be had: /metrics answers 404"]
