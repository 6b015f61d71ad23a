"""The line on which the generator publishes: order, acknowledgement, and what is told when it breaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError, ServerUnreachable
from tertulia_client.load.others import publishing as module
from tertulia_client.load.others.adapter import Heard, Refused, Subscribed
from tertulia_client.load.others.bodies import MARK
from tertulia_client.load.others.broadcast import Broadcast
from tertulia_client.load.others.publishing import OtherServer, live_url_of


class Silent(Broadcast):
    def begin(self) -> Iterable[Heard]:
        return ()


class Unwanted(Broadcast):
    def begin(self) -> Iterable[Heard]:
        return (Refused("members only"), Subscribed())


@pytest.fixture
async def got() -> asyncio.Queue[str]:
    return asyncio.Queue()


@pytest.fixture
async def server(got: asyncio.Queue[str]) -> AsyncIterator[Server]:
    async def keep(line: ServerConnection) -> None:
        async for words in line:
            got.put_nowait(str(words))

    async with asyncio.timeout(30), serve(keep, "127.0.0.1", 0) as server:
        yield server


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_messages_go_out_in_order_with_a_seq_for_each_channel(server: Server, got: asyncio.Queue[str]) -> None:
    async with OtherServer(parse_address(url_of(server)), Broadcast, [1, 2]) as other:
        api = other.as_api()
        receipts = await asyncio.gather(*(api.create_post(thread, "x", key="k") for thread in (1, 1, 2, 1)))
        assert sorted((receipt.thread["id"], receipt.cursor.seq) for receipt in receipts) == [
            (1, 1),
            (1, 2),
            (1, 3),
            (2, 1),
        ]
        assert (other.head_of("thread:1"), other.head_of("thread:2")) == (3, 1)
        bodies = [json.loads(await got.get())[MARK][:2] for _ in range(4)]
    assert [seq for channel, seq in bodies if channel == "thread:1"] == [1, 2, 3]


async def test_line_that_broke_is_told_and_its_seq_is_given_again(server: Server) -> None:
    async with OtherServer(parse_address(url_of(server)), Broadcast, [1]) as other:
        for line in list(server.connections):
            await line.close()
        with pytest.raises(ServerUnreachable, match="The line to publish on broke"):
            await other.as_api().create_post(1, "x")
        assert other.head_of("thread:1") == 0


async def test_server_that_refuses_or_says_nothing_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_LIMIT_S", 0.05)
    with pytest.raises(ClientError, match="refuses: members only"):
        async with OtherServer(parse_address(url_of(server)), Unwanted, [1]):
            pass
    with pytest.raises(ClientError, match="does not answer as Silent expects"):
        async with OtherServer(parse_address(url_of(server)), Silent, [1]):
            pass


def test_path_of_the_adapter_is_behind_what_was_given() -> None:
    assert live_url_of(parse_address("https://host:9/chat"), Broadcast) == "wss://host:9/chat/"
    assert live_url_of(parse_address("ws://host:9"), Broadcast) == "ws://host:9/"
