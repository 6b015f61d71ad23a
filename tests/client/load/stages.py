"""A stage over a fake server, for tests of what plays on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tertulia_client.address import parse_address
from tertulia_client.api import Api
from tertulia_client.load.plan import Plan
from tertulia_client.load.stage import Stage
from tertulia_client.testing import FakeServer


def plan_for(server: FakeServer, **amounts: Any) -> Plan:
    usual = {"readers": 6, "rate": 50.0, "duration_s": 0.4, "settle_s": 3.0, "stamped_readers": 2}
    return Plan("crowd", parse_address(server.url), "t", **(usual | amounts))


@asynccontextmanager
async def stage_on(server: FakeServer, *thread_ids: int, **amounts: Any) -> AsyncIterator[Stage]:
    plan = plan_for(server, threads=len(thread_ids) or 1, **amounts)
    async with Api(server.url, token="t") as api:
        stage = Stage(plan, api, thread_ids or (1,), "run1")
        try:
            yield stage
        finally:
            await stage.close()
