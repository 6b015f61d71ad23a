from __future__ import annotations

import asyncio
import os

import pytest

from tertulia_client.api import Api
from tertulia_client.errors import ClientError
from tertulia_client.load.own_server import OwnServer, children_of
from tertulia_client.load.target import find_token


async def test_it_serves_on_loopback_survives_a_crash_and_is_gone_after() -> None:
    async with asyncio.timeout(60), OwnServer({"TERTULIA_SITE_NAME": "Own"}) as server:
        first = server.address
        assert first is not None
        assert first.is_loopback
        async with Api(first, token=find_token(first, None)) as api:
            assert (await api.read_me())["member"]["is_bot"]
        server.kill()
        await server.stop()
        await server.start()
        assert server.address == first
        pid = server.pid
        assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_server_that_does_not_start_says_why() -> None:
    with pytest.raises(ClientError, match=r"did not start.*TERTULIA_DRAIN_MS"):
        async with OwnServer({"TERTULIA_DRAIN_MS": "soon"}):
            pass


async def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ClientError, match=r"tertulia\[server\]"):
        async with OwnServer():
            pass


async def test_one_of_several_workers_is_killed_and_replaced() -> None:
    async with asyncio.timeout(60), OwnServer(workers=2) as server:
        assert server.pid is not None
        while len(before := children_of(server.pid)) < 2:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
        server.kill_worker()
        while before[0] in children_of(server.pid):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
        while len(before := children_of(server.pid)) < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
        server.restart_workers()
        while set(before) & set(children_of(server.pid)):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


async def test_single_worker_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    server = OwnServer()
    with pytest.raises(ClientError, match="--workers 2"):
        server.kill_worker()
    with pytest.raises(ClientError, match="--workers 2"):
        server.restart_workers()
    await server.close()
    assert children_of(0) == []
