from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client.address import parse_address
from tertulia_client.api import Api
from tertulia_client.errors import ClientError
from tertulia_client.load import trials as module
from tertulia_client.load.grounds import check_is_tertulia, clear, lay_out
from tertulia_client.load.plan import Plan
from tertulia_client.load.target import find_token
from tertulia_client.load.trials import Trials
from tertulia_client.testing import FakeServer
from tests.processes import TertuliaServer


@pytest.fixture(autouse=True)
async def limit() -> AsyncIterator[None]:
    async with asyncio.timeout(60):
        yield


def plan_for(url: str, **changes: object) -> Plan:
    address = parse_address(url)
    usual = {"readers": 1, "rate": 1.0, "duration_s": 1.0, "settle_s": 1.0, "threads": 2, "members": 2}
    token = find_token(address, "t" if changes.pop("is_fake", False) else None)
    return Plan("crowd", address, token, **(usual | changes))  # type: ignore[arg-type]


async def forums(url: str) -> list[str]:
    address = parse_address(url)
    async with Trials(address, find_token(address, None)) as trials:
        return [trial.name for trial in await trials.read() or ()]


async def test_run_has_a_forum_threads_and_members_of_its_own_and_leaves_nothing(forum: TertuliaServer) -> None:
    said: list[str] = []
    async with lay_out(plan_for(forum.url), "run1", said.append) as grounds:
        assert "Load run run1" in await forums(forum.url)
        tokens = {grounds.plan.token, *grounds.plan.member_tokens}
        assert (len(grounds.thread_ids), len(tokens)) == (2, 3)
        assert grounds.plan.bot_token in grounds.plan.member_tokens
        async with Api(forum.url, token=grounds.plan.member_tokens[0]) as api:
            post = (await api.read_posts(grounds.thread_ids[0])).posts[0]
            await api.rate_post(post["id"], "positive")
    assert said == ["removed Load run run1, with its threads and members"]
    assert "Load run run1" not in await forums(forum.url)


async def test_grounds_are_cleared_when_the_run_is_cancelled(forum: TertuliaServer) -> None:
    laid = asyncio.Event()

    async def run() -> None:
        async with lay_out(plan_for(forum.url), "run2", lambda _: None):
            laid.set()
            await asyncio.Event().wait()

    running = asyncio.create_task(run())
    await laid.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "Load run run2" not in await forums(forum.url)


async def test_what_a_killed_run_left_is_found_by_the_next(
    forum: TertuliaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LASTS_S", 1)
    async with lay_out(plan_for(forum.url, keeps_posts=True), "run3", lambda _: None):
        pass
    monkeypatch.setattr(module, "LASTS_S", 60)
    said: list[str] = []
    while "removed Load run run3, with its threads and members" not in said:
        async with lay_out(plan_for(forum.url), "run4", said.append):
            pass
    assert await forums(forum.url) == []


async def test_clearing_leaves_what_is_in_use_unless_told_otherwise(forum: TertuliaServer) -> None:
    address, said = parse_address(forum.url), list[str]()
    async with lay_out(plan_for(forum.url, keeps_posts=True), "run5", lambda _: None):
        assert await clear(address, find_token(address, None), said.append, is_all=False) == 1
    assert await clear(address, find_token(address, None), said.append, is_all=True) == 0
    assert said == ["Load run run5 is still in use", "removed Load run run5, with its threads and members"]


async def test_without_the_right_the_run_posts_among_others_and_takes_its_posts_away() -> None:
    said: list[str] = []
    async with FakeServer() as server:
        plan = plan_for(server.url, is_fake=True)
        async with lay_out(plan, "run6", said.append) as grounds:
            assert (grounds.plan, grounds.thread_ids) == (plan, [17, 17])
            grounds.post_ids = [1]
        assert said == ["removed 1 posts of the run"]
        async with lay_out(plan_for(server.url, is_fake=True, thread_id=5), "run7", said.append) as grounds:
            assert grounds.thread_ids == [5]
        with pytest.raises(ClientError, match="may not remove trials"):
            await clear(plan.address, "t", said.append, is_all=True)


async def test_somebody_else_at_the_address_is_told() -> None:
    async with FakeServer() as server:
        address = parse_address(server.url)
        await check_is_tertulia(address)
        for answer in ((404, {}), (200, {"hello": "world"})):
            server.faults.api_answers = [answer]
            with pytest.raises(ClientError, match=r"no Tertulia server|cannot be read"):
                await check_is_tertulia(address)
        server.faults.api_answers = [(401, {"code": 4300, "detail": "Sign in."})]
        with pytest.raises(ClientError, match="Sign in"):
            await check_is_tertulia(address)


async def test_what_cannot_be_removed_is_told(forum: TertuliaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(trials: Trials, forum_id: int) -> None:
        raise ClientError("no")

    said: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(Trials, "remove", refuse)
        async with lay_out(plan_for(forum.url), "run8", said.append):
            pass
    assert said == ["Load run run8 was left behind (no); `tertulia load clean` removes it"]
    address = parse_address(forum.url)
    assert await clear(address, find_token(address, None), said.append, is_all=True) == 0
