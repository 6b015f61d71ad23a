from __future__ import annotations

import pytest

from tertulia_client import Api, ApiError, Cursor
from tertulia_client.testing import FakeServer
from tertulia_client.testing.answering import BLOCK_EVENTS


async def test_key_posts_once() -> None:
    async with FakeServer() as server, Api(server.url, token="t") as api:
        first = await api.create_post(1, "one", key="a key of mine")
        again = await api.create_post(1, "two", key="a key of mine")
    assert (first.is_replayed, again.is_replayed, again.post["text"]) == (False, True, "one")
    assert server.texts == ["one"]


async def test_log_is_read_in_blocks_and_tells_who_comes_from_elsewhere() -> None:
    async with FakeServer() as server, Api(server.url) as api:
        for number in range(BLOCK_EVENTS + 1):
            server.say(str(number))
        block = await api.read_log("thread:1", Cursor("e1", 0))
        assert ([seq for seq, _, _ in block.events], block.head) == ([1, 2, 3], 4)
        rest = await api.read_log("thread:1", block.cursor)
        assert [seq for seq, _, _ in rest.events] == [4]
        with pytest.raises(ApiError) as caught:
            await api.read_log("thread:1", Cursor("other", 0))
    assert caught.value.cursor == Cursor("e1", 4)


async def test_what_is_not_there_is_not_found() -> None:
    async with FakeServer() as server, Api(server.url) as api:
        with pytest.raises(ApiError):
            await api._transport.request("GET", "/api/nothing")
