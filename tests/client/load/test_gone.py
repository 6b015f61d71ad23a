from __future__ import annotations

import asyncio
import time

import pytest

from tertulia_client.address import parse_address
from tertulia_client.load import gone as module
from tertulia_client.load.gone import until_gone
from tertulia_client.testing import FakeServer


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_S", 0.01)


async def test_server_that_has_ended_is_gone_since_then() -> None:
    async with asyncio.timeout(30):
        async with FakeServer() as server:
            address = parse_address(server.url)
            watching = asyncio.create_task(until_gone(address, time.monotonic, lambda: True, gone_s=0.1))
            await asyncio.sleep(0.3)
            assert not watching.done()
        ended_s = time.monotonic()
        assert abs(await watching - ended_s) < 25


async def test_it_does_not_knock_while_there_is_no_doubt() -> None:
    nobody = parse_address("http://127.0.0.1:1")
    asked = 0

    def is_doubtful() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    async with asyncio.timeout(30):
        await until_gone(nobody, time.monotonic, is_doubtful, gone_s=0.05)
    assert asked > 6
