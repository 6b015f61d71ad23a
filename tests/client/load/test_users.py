from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tertulia_client.events import PostCreated
from tertulia_client.load.stage import Stage
from tertulia_client.load.users import VirtualUser, visit_all
from tertulia_client.testing import FakeServer
from tertulia_wire.codes import Code
from tests.client.load.stages import stage_on


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


class Writer(VirtualUser):
    async def visit(self) -> None:
        post = await self.post(f"One of {self.number}")
        await self.think(0.001, 0.002)
        await self.edit(post, "Another")


class Idler(VirtualUser):
    weight = 4

    async def visit(self) -> None:
        await self.step("idle", asyncio.sleep(0))


async def test_steps_are_done_timed_and_delivered_like_any_post(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        await stage.gather()
        await visit_all(stage, [Writer], 100)
        await stage.settle()
        assert (stage.times("post").count, stage.times("edit").count, stage.failed) == (20, 20, 0)
        assert stage.delivery_times.count == 6 * 20
        assert stage.ledger.balance().is_clean
    assert set(server.texts) == {"Another"}


async def test_kinds_are_met_by_their_weights_as_the_seed_has_it(server: FakeServer) -> None:
    met: list[list[str]] = []

    class Counted(Idler):
        weight = 4

        def __init__(self, stage: Stage, number: int, arrives_s: float) -> None:
            super().__init__(stage, number, arrives_s)
            met[-1].append("counted")

    class Rare(Counted):
        weight = 1

        def __init__(self, stage: Stage, number: int, arrives_s: float) -> None:
            super().__init__(stage, number, arrives_s)
            met[-1][-1] = "rare"

    for _ in range(2):
        met.append([])
        async with stage_on(server, readers=0, rate=2000.0, duration_s=0.1) as stage:
            await visit_all(stage, [Counted, Rare], 100)
    assert met[0] == met[1]
    assert 10 < Counter(met[0])["rare"] < 80


async def test_refused_late_and_broken_visits_are_failures_and_the_others_go_on(server: FakeServer) -> None:
    class Stuck(VirtualUser):
        async def visit(self) -> None:
            if self.number == 1:
                await asyncio.Event().wait()
            if self.number == 2:
                raise ValueError("a slip")
            await self.post("Hello")

    server.faults.api_answers = [(403, {"code": int(Code.FORBIDDEN), "detail": "Not here."})]
    async with stage_on(server, readers=0, duration_s=0.2, settle_s=0.3) as stage:
        sentences: list[str] = []
        stage.fail = sentences.append  # type: ignore[method-assign, assignment]
        await visit_all(stage, [Stuck], 100)
        assert sorted(sentences) == [
            "Stuck 1 did not end in time",
            "Stuck 2: ValueError: a slip",
            "Stuck 3: Not here.",
        ]
        assert stage.publisher.acknowledged == 7


async def test_user_follows_its_thread(server: FakeServer) -> None:
    heard: list[str] = []

    class Listener(VirtualUser):
        async def visit(self) -> None:
            async for event in self.follow():
                assert isinstance(event, PostCreated)
                heard.append(event.text or "")
                return

    async with stage_on(server, readers=0, rate=1.0, duration_s=1.0) as stage:
        visiting = asyncio.create_task(visit_all(stage, [Listener], 10))
        while not any(connection.positions for connection in server.connections):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.005)
        server.say("Anybody here?")
        await visiting
    assert heard == ["Anybody here?"]


async def test_visit_is_for_the_script_to_write(server: FakeServer) -> None:
    async with stage_on(server) as stage:
        with pytest.raises(NotImplementedError):
            await VirtualUser(stage, 1, 0.0).visit()
