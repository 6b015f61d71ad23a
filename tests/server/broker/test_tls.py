"""Redis over TLS: the certificate is verified, always."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from programs import OPENSSL, REDIS
from tests.needs import need
from tests.redis_servers import Certificates, TlsRedisServer
from tests.server.broker.pair import Worker, publication, workers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TlsRedisServer]:
    it = TlsRedisServer(need(REDIS), tmp_path, Certificates(need(OPENSSL), tmp_path))
    try:
        it.start()
        yield it
    finally:
        it.close()


async def reason_of(url: str, part: str) -> None:
    worker = Worker(url)
    await worker.start()
    await worker.until(lambda: part in worker.broker.reason)
    await worker.broker.close()


async def test_workers_hear_each_other_and_strangers_are_refused(server: TlsRedisServer) -> None:
    """One server for all of it: making certificates is what takes time."""
    async with workers(server.url) as (first, second):
        first.broker.publish([publication(seq) for seq in range(1, 2001)])
        await second.until(lambda: len(second.received) == 2000)
    await reason_of(server.url.partition("?")[0], "certificate verify failed")
    await reason_of(server.url.replace("127.0.0.1", "localhost"), "certificate is not valid for 'localhost'")
    await reason_of(f"redis://127.0.0.1:{server.port}", "connection")
