from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tertulia_client.load.histogram import Histogram
from tertulia_client.load.part import Part, play
from tertulia_client.load.team import plan_values
from tertulia_client.testing import FakeServer
from tests.client.load.stages import plan_for


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


class Wire:
    """The lines of a part: what it hears is put in, what it tells comes out."""

    def __init__(self) -> None:
        self.orders: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self.told: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    def play(self) -> asyncio.Task[None]:
        return asyncio.create_task(play(self.orders.get, self.told.put_nowait))


def orders(server: FakeServer, **amounts: Any) -> Mapping[str, Any]:
    plan = plan_values(plan_for(server, **amounts))
    return {
        "plan": plan,
        "run": "run1",
        "threads": [1],
        "script": None,
        "is_looked_on": False,
        "index": 1,
        "of": 2,
        "sources": [],
    }


async def test_part_holds_its_share_and_tells_what_it_booked(server: FakeServer) -> None:
    wire = Wire()
    wire.orders.put_nowait(orders(server))
    playing = wire.play()
    assert await wire.told.get() == {"ready": True}
    assert server.connection_count == 3
    wire.orders.put_nowait({"go": time.monotonic()})
    assert await wire.told.get() == {"going": True}
    server.say("by the lead", key="load-run1-000001")
    server.say("by somebody else")
    wire.orders.put_nowait({"posted": True})
    wire.orders.put_nowait({"heads": {"thread:1": 2}})
    result = (await wire.told.get())["result"]
    await playing
    assert (result["balance"]["expected"], result["balance"]["received"], result["connected"]) == (6, 6, 3)
    assert sum(count for _, count in result["times"]["delivery"]["counts"]) == 3


async def test_part_that_is_looked_on_tells_what_it_sees(server: FakeServer) -> None:
    wire = Wire()
    wire.orders.put_nowait({**orders(server), "is_looked_on": True})
    playing = wire.play()
    told = [await wire.told.get()]
    wire.orders.put_nowait({"go": time.monotonic()})
    wire.orders.put_nowait({"posted": True})
    wire.orders.put_nowait({"heads": {}})
    while "result" not in told[-1]:
        told.append(await wire.told.get())
    await playing
    seen = [message["seen"] for message in told if "seen" in message]
    assert seen[-1]["connected"] == 3


async def test_part_whose_clock_differs_counts_by_that_of_the_lead(server: FakeServer) -> None:
    wire = Wire()
    wire.orders.put_nowait({**orders(server), "offset_s": -1000.0})
    playing = wire.play()
    assert await wire.told.get() == {"ready": True}
    wire.orders.put_nowait({"go": time.monotonic() - 1000.0})
    assert await wire.told.get() == {"going": True}
    server.say("by the lead", key="load-run1-000001")
    wire.orders.put_nowait({"posted": True})
    wire.orders.put_nowait({"heads": {"thread:1": 1}})
    result = (await wire.told.get())["result"]
    await playing
    delivery = Histogram()
    delivery.merge(result["times"]["delivery"])
    assert (delivery.count, delivery.max_s < 900) == (3, True)


async def test_part_that_is_refused_says_why(server: FakeServer) -> None:
    server.unknown_channels.add("thread:1")
    wire = Wire()
    wire.orders.put_nowait(orders(server))
    await wire.play()
    assert "There is no such channel" in (await wire.told.get())["error"]


def test_each_reader_is_of_one_part() -> None:
    async def nothing() -> Mapping[str, Any]:
        return {}

    parts = [Part(index, 3, nothing, lambda _: None) for index in range(3)]
    for number in range(1, 20):
        assert sum(part.owns(number) for part in parts) == 1
