from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client import Client, Cursor, FollowRefused, PostCreated, Reset, Start
from tertulia_client.testing import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(20), FakeServer() as server:
        yield server


async def test_follow_gives_typed_events_from_a_cursor_across_a_cut(server: FakeServer) -> None:
    for text in ("one", "two", "three"):
        server.say(text)
    texts = []
    async with Client(server.url) as client:
        events = client.follow("thread:1", since=Cursor("e1", 1))
        async for event in events:
            assert isinstance(event, PostCreated)
            texts.append(event.text)
            if event.text == "three":
                server.cut_all()
                server.say("four")
            if event.text == "four":
                break
        await events.aclose()  # type: ignore[attr-defined]
    assert texts == ["two", "three", "four"]


async def test_follow_begins_each_channel_where_told(server: FakeServer) -> None:
    server.say("old", thread_id=1)
    server.say("old too", thread_id=2)
    seen = []
    async with Client(server.url) as client:
        events = client.follow("thread:1", "thread:2", since={"thread:2": Start.BEGINNING})
        async for event in events:
            seen.append((event.channel, event.cursor.seq))
            if len(seen) == 1:
                server.say("new", thread_id=1)
            else:
                break
        await events.aclose()  # type: ignore[attr-defined]
    assert seen == [("thread:2", 1), ("thread:1", 2)]


async def test_follow_tells_a_reset_among_the_events(server: FakeServer) -> None:
    server.say("one")
    async with Client(server.url) as client:
        events = client.follow("thread:1", since=Cursor("other", 5))
        assert await anext(events) == Reset("thread:1", Cursor("e1", 1), "epoch")
        await events.aclose()  # type: ignore[attr-defined]


async def test_follow_of_what_is_not_there_raises(server: FakeServer) -> None:
    server.unknown_channels.add("thread:9")
    async with Client(server.url) as client:
        with pytest.raises(FollowRefused, match="thread:9"):
            await anext(client.follow("thread:9"))


async def test_api_posts_as_the_member(server: FakeServer) -> None:
    async with Client(server.url, token="t") as client:
        receipt = await client.api.create_post(1, "hello")
    assert receipt.post["author"]["name"] == "Bot"
