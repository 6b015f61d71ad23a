from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from tertulia_client.api import Api
from tertulia_client.bots.following import Following
from tertulia_client.errors import ApiError
from tertulia_client.subscription import Last, Since, Start
from tertulia_client.testing import FakeServer
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Followed:
    def __init__(self) -> None:
        self.begins: list[tuple[str, Since]] = []
        self._changed = asyncio.Event()

    def __call__(self, channel: str, since: Since) -> None:
        self.begins.append((channel, since))
        self._changed.set()

    async def until(self, count: int) -> list[tuple[str, Since]]:
        while len(self.begins) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.begins


@asynccontextmanager
async def following(known: tuple[str, ...] = ()) -> AsyncIterator[tuple[FakeServer, Following, Followed]]:
    followed = Followed()
    async with FakeServer() as server, Api(server.url, token="t", deadline_s=0.3) as api:
        yield server, Following(api, followed, lambda name: name in known, refresh_s=0.01), followed


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_plain_names_need_no_question() -> None:
    async with following() as (server, one, followed):
        rest = one.follow_plain({"thread:1": Last(3), "forum:*": Start.NOW, "thread:2": LONG_AGO})
        assert followed.begins == [("thread:1", Last(3))]
        assert list(rest) == ["forum:*", "thread:2"]
        assert server.requests == []
        assert not one.is_settled


async def test_time_is_not_looked_for_where_the_bot_has_been() -> None:
    async with following(known=("thread:2",)) as (_, one, followed):
        assert one.follow_plain({"thread:2": LONG_AGO}) == {}
        assert followed.begins == [("thread:2", Start.NOW)]


async def test_rest_is_followed_once_the_server_answers() -> None:
    async with following(known=("forum:3",)) as (server, one, followed):
        server.say("old", thread_id=2)
        server.faults.api_answers += [(503, {"code": int(Code.OVERLOADED)})] * 3
        async with running(one.follow_rest({"thread:2": LONG_AGO, "forum:*": Last(9)})):
            assert await followed.until(2) == [("thread:2", Cursor("e1", 0)), ("forum:3", Start.NOW)]
            assert one.is_settled


async def test_forum_that_comes_later_is_followed_from_its_beginning() -> None:
    async with following() as (server, one, followed), running(one.follow_rest({"forum:*": Start.NOW})):
        await followed.until(1)
        server.forum_ids.append(8)
        server.faults.api_answers += [(500, {})]  # a question that fails is asked again
        assert await followed.until(2) == [("forum:3", Start.NOW), ("forum:8", Start.BEGINNING)]


async def test_refusal_for_good_is_raised() -> None:
    async with following() as (server, one, _):
        server.faults.api_answers.append((403, {"code": int(Code.FORBIDDEN)}))
        with pytest.raises(ApiError):
            await one.follow_rest({"forum:*": Start.NOW})
