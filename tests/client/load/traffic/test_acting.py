from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from tertulia_client.api import Api, PostReceipt
from tertulia_client.load.stage import Stage
from tertulia_client.load.traffic import acting as module
from tertulia_client.load.traffic.acting import NOT_RATED, play_day, play_recorded_day, play_script
from tertulia_client.load.traffic.acts import Act, Doing, Script
from tertulia_client.load.traffic.cast import NO_ACCOUNT
from tertulia_client.load.traffic.day import DAY_S, Visit
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(40), FakeServer() as server:
        yield server


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths that were read: the fake server has no pages."""
    read: list[str] = []

    async def read_page(stage: Stage, browser: object, path: str, due_s: float) -> None:
        del stage, browser, due_s
        read.append(path)

    monkeypatch.setattr(module, "read_page", read_page)
    return read


SCRIPT = Script(
    [
        Act(0.0, Doing.POST, 0, 1, "One"),
        Act(0.0, Doing.POST, 1, 2, "Elsewhere"),
        Act(1.0, Doing.EDIT, 0, 1, "Two"),
        Act(2.0, Doing.RATE, 0, 1, mark="positive"),
        Act(3.0, Doing.REMOVE, 1, 2),
        Act(3.0, Doing.EDIT, 1, 99, "Of nothing"),
    ],
    2,
    {"member.changed": 3},
)


async def test_script_is_played_and_everybody_gets_all_of_it(server: FakeServer) -> None:
    async with stage_on(server, 1, 2, bot_token="rater") as stage:
        said: list[str] = []
        stage.say = said.append
        await play_script(SCRIPT, 60.0, stage)
        assert (stage.publisher.acknowledged, stage.failed) == (2, 0)
        counts = [stage.times(name).count for name in ("edit", "rate", "remove")]
        assert (counts, stage.ledger.heads) == ([1, 1, 1], {"thread:1": 3, "thread:2": 2})
        assert stage.ledger.balance().is_clean
        assert stage.delivery_times.count == 6
    assert "2 posts and 4 changes follow, at speed 60" in said
    assert "not played: 3 member.changed" in said
    assert (server.texts, server.posts[0]["positive"]) == (["Two", ""], 1)


async def test_members_of_the_run_write_and_rate_as_those_of_the_script(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []

    def noted(name: str) -> None:
        real = getattr(Api, name)

        async def call(api: Api, *words: Any, **more: Any) -> PostReceipt:
            done.append((name, tokens[api]))
            receipt: PostReceipt = await real(api, *words, **more)
            return receipt

        monkeypatch.setattr(Api, name, call)

    for name in ("create_post", "edit_post", "rate_post", "remove_post"):
        noted(name)
    acts = [
        Act(0.0, Doing.POST, 0, 1, "One", author=0),
        Act(0.0, Doing.EDIT, 0, 1, "Two", author=0),
        Act(0.0, Doing.RATE, 0, 1, mark="positive", author=0),
        Act(0.0, Doing.RATE, 0, 1, mark="positive", author=0),
        Act(0.0, Doing.RATE, 0, 1, mark="none", before="positive", author=0),
        Act(0.0, Doing.RATE, 0, 1, mark="positive", author=0),
        Act(0.0, Doing.RATE, 0, 1, mark="positive", author=0),
        Act(0.0, Doing.REMOVE, 0, 1, author=0),
    ]
    async with stage_on(server, 1, readers=0, member_tokens=("ada", "bo", "cy")) as stage:
        said: list[str] = []
        stage.say = said.append
        tokens = {stage.api_of(number): token for number, token in enumerate(stage.plan.member_tokens)}
        await play_script(Script(acts, 1), 1.0, stage)
    assert (done[0], done[1], done[-1]) == (("create_post", "ada"), ("edit_post", "ada"), ("remove_post", "ada"))
    raters = [token for name, token in done if name == "rate_post"]
    assert set(raters) == {"bo", "cy"}
    assert raters[1] == raters[2] == raters[3]
    assert len(raters) == 4  # the fifth has nobody left
    assert "3 members write and rate" in said
    assert f"not played: 1 {NO_ACCOUNT}" in said


async def test_without_a_second_account_ratings_are_left_out_and_that_is_said(server: FakeServer) -> None:
    async with stage_on(server, 1, 2, readers=0) as stage:
        said: list[str] = []
        stage.say = said.append
        await play_script(SCRIPT, 600.0, stage)
        assert stage.times("rate").count == 0
    assert NOT_RATED in said


async def test_refused_post_is_a_failure_and_nothing_waits_for_it(server: FakeServer) -> None:
    server.faults.api_answers = [(403, {"code": 4213, "detail": "This thread is locked."})]
    async with stage_on(server, 1, readers=0) as stage:
        acts = [Act(0.0, Doing.POST, 0, 1, "One"), Act(0.0, Doing.EDIT, 0, 1, "Two")]
        await play_script(Script(acts, 1), 1.0, stage)
        assert (stage.failed, stage.first_failure) == (1, "post: This thread is locked.")


async def test_it_stops_when_it_is_told_to(server: FakeServer) -> None:
    async with stage_on(server, 1, readers=0) as stage:
        stage.stopping.set()
        await play_script(Script([Act(0.0, Doing.POST, 0, 1, "One")], 1), 1.0, stage)
    assert server.texts == []


async def test_day_lets_readers_come_and_go_and_owes_nothing_to_those_who_left(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, pages: list[str]
) -> None:
    visits: Sequence[Visit] = [
        *(Visit(seat, 0.0, DAY_S * 0.3) for seat in (1, 2)),
        *(Visit(seat, DAY_S * 0.5, DAY_S * 2) for seat in (1, 2, 3)),
    ]
    monkeypatch.setattr(module, "make_visits", lambda *_, **__: visits)
    present: list[int] = []

    async def watch(stage: Stage) -> None:
        while True:
            present.append(stage.crowd.connected)
            await asyncio.sleep(0.01)

    async with stage_on(server, 1, readers=4, rate=40.0, duration_s=1.0, bot_token="rater") as stage, Api(server.url):
        watching = asyncio.create_task(watch(stage))
        await play_day(DAY_S, stage)
        watching.cancel()
        assert (stage.crowd.connected, stage.crowd.connect_times.count, stage.crowd.reconnects) == (3, 5, 0)
        assert (pages, stage.failed) == (["/threads/1"] * 5, 0)
        balance = stage.ledger.balance()
        assert (balance.is_clean, 0 < balance.received == balance.expected) == (True, True)
    assert {0, 2, 3} <= set(present)


async def test_recorded_day_is_played_with_readers_who_come_and_go(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, pages: list[str]
) -> None:
    monkeypatch.setattr(module, "make_visits", lambda _, length_s, __, **___: [Visit(1, 0.0, length_s * 2)])
    async with stage_on(server, 1, 2, readers=1, duration_s=0.3, bot_token="rater") as stage:
        said: list[str] = []
        stage.say = said.append
        await play_recorded_day(SCRIPT, 10.0, stage)
        assert (len(pages), stage.crowd.connected, stage.publisher.acknowledged) == (1, 1, 2)
    assert said[0] == "2 posts, 4 changes and 1 visits follow"
    assert "not played: 3 member.changed" in said
