from __future__ import annotations

import asyncio
import json

from tertulia_client.load.run_health import RunHealth, onlookers
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on


async def test_run_tells_how_it_goes_and_how_the_generator_is() -> None:
    async with asyncio.timeout(30), FakeServer() as server, stage_on(server, readers=3) as stage:
        await stage.gather()
        await stage.post()
        health = RunHealth(stage)
        lines = health.as_metrics().splitlines()
        assert "tertulia_load_deliveries_total 60" in lines
        assert "tertulia_load_readers 3" in lines
        assert any(line.startswith('tertulia_load_delivery_seconds{quantile="0.99"} 0.') for line in lines)
        stage.lag.busiest_share = 1.0
        assert not health.is_well
        assert "tertulia_load_valid 0" in health.as_metrics()
        assert json.loads(health.as_json()) == {"run": "run1", "scenario": "crowd", "is_valid": False}


async def test_port_that_is_taken_is_told() -> None:
    said: list[str] = []
    async with asyncio.timeout(30), FakeServer() as server, stage_on(server, readers=1) as stage:
        stage.say = said.append
        address = stage.plan.address
        _, show = onlookers(address, address.port)
        await show(stage)
    assert said[0].startswith(f"nothing for Prometheus: port {address.port} cannot be had")
    assert len(onlookers(address, None)) == 1
