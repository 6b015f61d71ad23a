from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client.address import parse_address
from tertulia_client.api import Api
from tertulia_client.errors import ApiError, ClientError
from tertulia_client.load import trials as module
from tertulia_client.load.target import find_token
from tertulia_client.load.trials import Trials
from tertulia_client.testing import FakeServer
from tests.processes import TertuliaServer


@pytest.fixture
async def trials(forum: TertuliaServer) -> AsyncIterator[Trials]:
    address = parse_address(forum.url)
    async with asyncio.timeout(60), Trials(address, find_token(address, None)) as trials:
        yield trials


async def test_trial_is_made_with_accounts_extended_and_removed(
    forum: TertuliaServer, trials: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LASTS_S", 1)
    forum_id, tokens = await trials.create("Load run x1", 2, "members")
    async with Api(forum.url, token=tokens[1]) as api:
        thread_id = (await api.create_thread(forum_id, "T", "T.")).thread["id"]
    while not await is_over(trials, forum_id):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.02)
    monkeypatch.setattr(module, "LASTS_S", 60)
    monkeypatch.setattr(module, "EXTEND_S", 0.01)
    keeping = asyncio.create_task(trials.keep(forum_id))
    while await is_over(trials, forum_id):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await trials.remove(forum_id)
    assert forum_id not in [trial.forum_id for trial in await trials.read() or ()]
    async with Api(forum.url) as guest:
        with pytest.raises(ApiError):
            await guest.read_thread(thread_id)


async def is_over(trials: Trials, forum_id: int) -> bool:
    found = {trial.forum_id: trial.is_over for trial in await trials.read() or ()}
    return found[forum_id]


async def test_server_without_trials_has_none() -> None:
    async with asyncio.timeout(30), FakeServer() as server, Trials(parse_address(server.url), "t") as trials:
        assert await trials.read() is None
        server.faults.api_answers = [(403, {"code": 4301})]
        assert await trials.read() is None
        server.faults.api_answers = [(401, {"code": 4300})]
        with pytest.raises(ApiError):
            await trials.read()


async def test_removal_that_goes_on_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMOVE_LIMIT_S", 0.05)
    async with asyncio.timeout(30), FakeServer() as server, Trials(parse_address(server.url), "t") as trials:
        server.faults.api_answers = [(200, {"is_done": False})] * 100_000
        with pytest.raises(ClientError, match="not done after"):
            await trials.remove(3)
