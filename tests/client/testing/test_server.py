from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tertulia_client import Api, ApiError, Client, Event, Reset
from tertulia_client.testing import FakeServer
from tertulia_wire.codes import Code


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server


async def test_only_the_tokens_that_were_given_are_taken() -> None:
    async with FakeServer(tokens=frozenset({"right"})) as server:
        async with Api(server.url, token="right") as api:
            assert (await api.read_me())["member"]["id"] == 7
        async with Api(server.url, token="wrong") as api:
            with pytest.raises(ApiError) as caught:
                await api.read_me()
    assert caught.value.code is Code.UNAUTHENTICATED


async def test_new_epoch_resets_who_follows(server: FakeServer) -> None:
    server.say("one")
    async with Client(server.url) as client:
        events = client.follow("thread:1", since="earliest")
        assert isinstance(await anext(events), Event)
        server.renew_epoch()
        reset = await anext(events)
        await events.aclose()  # type: ignore[attr-defined]
    assert isinstance(reset, Reset)
    assert (reset.cursor.epoch, reset.cursor.seq) == ("e2", 1)


async def test_server_that_is_stopped_comes_back_at_its_place_with_its_forum(server: FakeServer) -> None:
    server.say("one")
    url = server.url
    await server.stop()
    await server.stop()
    await server.start()
    assert (server.url, server.texts) == (url, ["one"])
