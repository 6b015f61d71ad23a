"""What the ways in which a connection can end mean. The handshake's refusals are in test_connection."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from tertulia_client.address import parse_address
from tertulia_client.errors import FollowRefused, NotTertulia, ServerUnreachable
from tertulia_client.live_socket import ConnectionInterrupted, open_socket, why_closed
from tertulia_client.testing import FakeServer
from tertulia_wire.codec import Encoding
from tertulia_wire.codes import Code


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server


@pytest.mark.parametrize("encoding", list(Encoding))
async def test_open_socket_speaks_the_encoding(server: FakeServer, encoding: Encoding) -> None:
    socket = await open_socket(parse_address(server.url), "token", encoding)
    hello = await socket.recv()
    assert isinstance(hello, str) is encoding.is_text
    await socket.close()


async def test_problem_document_of_a_refused_handshake_is_read(server: FakeServer) -> None:
    problem = json.dumps({"code": 4002, "detail": "Full house.", "retry_after_ms": 750}).encode()
    server.faults.handshake_answers.append(
        b"HTTP/1.1 503 Busy\r\nContent-Length: %d\r\n\r\n%s" % (len(problem), problem)
    )
    with pytest.raises(ConnectionInterrupted) as caught:
        await open_socket(parse_address(server.url), None, Encoding.MSGPACK)
    assert (caught.value.reason, caught.value.retry_after_ms) == ("Full house", 750)


async def test_bare_403_is_told_as_that_of_something_else(server: FakeServer) -> None:
    server.faults.handshake_answers.append(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(FollowRefused, match="is the address right"):
        await open_socket(parse_address(server.url), None, Encoding.MSGPACK)


async def test_retry_after_header_is_read(server: FakeServer) -> None:
    server.faults.handshake_answers.append(b"HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(ConnectionInterrupted) as caught:
        await open_socket(parse_address(server.url), None, Encoding.MSGPACK)
    assert caught.value.retry_after_ms == 3000


async def test_server_without_our_subprotocol_is_none_of_ours() -> None:
    from websockets.asyncio.server import serve

    async def ignore(_: object) -> None:
        pass

    async with serve(ignore, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(NotTertulia, match="version 1"):
            await open_socket(parse_address(f"http://127.0.0.1:{port}"), None, Encoding.MSGPACK)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4000, 4001, 4101])
def test_close_codes_that_may_pass_interrupt(code: int) -> None:
    interrupted = why_closed(ConnectionClosedError(Close(code, "why"), None))
    assert str(code) in interrupted.reason


@pytest.mark.parametrize("code", [Code.MALFORMED, Code.BANNED, 4399])
def test_close_codes_for_good_refuse(code: int) -> None:
    with pytest.raises(FollowRefused):
        why_closed(ConnectionClosedError(Close(code, ""), None))


def test_connection_without_a_close_frame_broke() -> None:
    interrupted = why_closed(ConnectionClosedError(None, None))
    assert interrupted.reason == "the connection broke"
    assert isinstance(interrupted.as_error(), ServerUnreachable)
    assert str(interrupted.as_error()) == "The connection broke."
