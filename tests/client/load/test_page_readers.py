from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client.load.page_readers import PAGE_READ, read_pages
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


async def test_pages_are_read_on_the_plan_and_timed(server: FakeServer) -> None:
    server.faults.api_answers = [(200, "a page")] * 20
    async with stage_on(server, 1, 2) as stage:
        await read_pages(stage)
        assert (stage.times(PAGE_READ).count, stage.failed) == (20, 0)
    assert {path for _, path, _ in server.requests} == {"/threads/1", "/threads/2"}


async def test_what_is_no_page_is_a_failure(server: FakeServer) -> None:
    server.faults.api_answers = [(503, "busy"), *[(200, "a page")] * 19]
    async with stage_on(server) as stage:
        await read_pages(stage)
        assert (stage.times(PAGE_READ).count, stage.first_failure) == (19, "/threads/1 answers with status 503")


async def test_nobody_there_is_a_failure_and_no_end(server: FakeServer) -> None:
    async with stage_on(server, rate=10.0, duration_s=0.2) as stage:
        await server.stop()
        await read_pages(stage)
        assert stage.failed == 2


async def test_told_to_stop_no_more_are_asked_for(server: FakeServer) -> None:
    async with stage_on(server, rate=1.0, duration_s=1000) as stage:
        stage.stopping.set()
        await read_pages(stage)
    assert server.requests == []
