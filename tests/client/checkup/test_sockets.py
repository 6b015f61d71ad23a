"""The WebSocket of the self-check, where a whole proxy would be too much."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tertulia_client.address import parse_address
from tertulia_client.checkup.finding import Verdict
from tertulia_client.checkup.sockets import check_origin, check_socket
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.hello import hello_data
from tertulia_wire.messages import Error, Hello

JSON = Encoding.JSON
HELLO = encode(Hello(hello_data(heartbeat_ms=1000, member=None)), JSON).decode()
BUSY = encode(Error(None, 4002, "busy", 900), JSON).decode()


@asynccontextmanager
async def saying(*frames: str, compression: str | None = None) -> AsyncIterator[str]:
    """A server that says this and is then deaf."""

    async def handle(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        await connection.wait_closed()

    async with serve(
        handle, "127.0.0.1", 0, subprotocols=[Subprotocol(JSON.value)], compression=compression, close_timeout=0.1
    ) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def verdict_of(url: str) -> list[tuple[Verdict, str]]:
    findings = await check_socket(parse_address(url), patience_s=0.3, idle_s=0.1)
    return [(finding.verdict, finding.sentence) for finding in findings]


@pytest.mark.parametrize(
    ("frames", "verdict", "words"),
    [
        ([], Verdict.FAIL, "nothing came"),
        (["nonsense"], Verdict.FAIL, "no hello"),
        ([BUSY], Verdict.WARN, "said error"),
    ],
)
async def test_socket_that_does_not_greet_is_wrong(frames: list[str], verdict: Verdict, words: str) -> None:
    async with saying(*frames) as url:
        [(found, sentence)] = await verdict_of(url)
    assert found is verdict
    assert words in sentence


async def test_compressed_socket_is_warned_of() -> None:
    async with saying(HELLO, compression="deflate") as url:
        [(verdict, sentence)] = await verdict_of(url)
    assert verdict is Verdict.WARN
    assert "compresses" in sentence


async def test_socket_that_no_longer_answers_is_dead() -> None:
    async with saying(HELLO) as url:
        _, (verdict, sentence) = await verdict_of(url)
    assert verdict is Verdict.FAIL
    assert "dead" in sentence


async def test_origin_is_that_of_the_address_without_its_path() -> None:
    seen: list[str | None] = []

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers.get("Origin"))

    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol(JSON.value)]) as server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finding = await check_origin(parse_address(f"{origin}/forum"), patience_s=1)
    assert finding.verdict is Verdict.OK
    assert seen == [origin]
