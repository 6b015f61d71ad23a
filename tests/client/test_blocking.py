from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client import BlockingClient, ClientError, Event, FollowRefused, Last, PostCreated, Reset
from tertulia_client.testing import FakeServer
from tertulia_wire.messages import Unsubscribed


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(20), FakeServer() as server:
        yield server


async def test_plain_loop_reads_in_order_and_answers(server: FakeServer) -> None:
    for text in ("one", "two", "three"):
        server.say(text)

    def read() -> list[str]:
        texts = []
        with BlockingClient(server.url, token="t") as client:
            for event in client.follow("thread:1", since=Last(2)):
                assert isinstance(event, PostCreated)
                texts.append(event.text)
                if event.text == "three":
                    client.create_post(1, "seen")
                if event.text == "seen":
                    return [*texts, client.run(client.api.read_forums())[0]["name"]]
        return texts

    assert await asyncio.to_thread(read) == ["two", "three", "seen", "Forum"]


async def test_cut_line_is_not_noticed_and_a_reset_is(server: FakeServer) -> None:
    def read() -> list[Event | Reset]:
        with BlockingClient(server.url) as client:
            taken = []
            for event in client.follow("thread:1", since={"thread:1": "other.4"}):
                taken.append(event)
                if len(taken) == 1:
                    asyncio.run_coroutine_threadsafe(cut(), loop).result()
                if len(taken) == 3:
                    break
            return taken

    async def cut() -> None:
        server.say("before")
        server.cut_all()
        server.say("after")

    loop = asyncio.get_running_loop()
    first, *events = await asyncio.to_thread(read)
    assert isinstance(first, Reset)
    assert [event.text for event in events if isinstance(event, PostCreated)] == ["before", "after"]


async def test_channel_that_closes_ends_the_loop(server: FakeServer) -> None:
    def read() -> None:
        with BlockingClient(server.url) as client:
            for _ in client.follow("thread:1", since="earliest"):
                loop.call_soon_threadsafe(server.tell_all, Unsubscribed("thread:1", "rights"))

    loop = asyncio.get_running_loop()
    server.say("one")
    with pytest.raises(FollowRefused):
        await asyncio.to_thread(read)


def test_client_that_is_not_open_says_so() -> None:
    client = BlockingClient("http://127.0.0.1:1")
    with pytest.raises(ClientError, match="not open"):
        _ = client.api
    with pytest.raises(ClientError, match="not open"):
        client.run(asyncio.sleep(0))
    client.close()
    client.close()
