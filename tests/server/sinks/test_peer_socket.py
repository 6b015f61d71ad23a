"""Letting go of a peer under a streaming answer."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

import pytest

from tertulia_server.sinks.peer_socket import abort_peer, bound_silence

WRITTEN_BYTES: Final = 20_000_000
"""More than any system takes into its buffers."""


class Cycle:
    """What uvicorn's `receive` is a method of."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    async def receive(self) -> Any:
        raise AssertionError("nobody asked")


async def plain_receive() -> Any:
    raise AssertionError("nobody asked")


@pytest.fixture
async def line() -> Any:
    """Our end as a cycle, and the other end."""
    ours: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda _, writer: ours.set_result(writer), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    our_writer = await ours
    yield Cycle(our_writer.transport), reader  # type: ignore[arg-type]
    for end in (writer, our_writer):
        end.close()
    server.close()


async def test_peer_is_dropped_with_what_was_still_for_it(line: tuple[Cycle, asyncio.StreamReader]) -> None:
    cycle, reader = line
    cycle.transport.write(b"x" * WRITTEN_BYTES)
    await abort_peer(cycle.receive)
    assert cycle.transport.get_write_buffer_size() == 0
    assert len(await reader.read(-1)) < WRITTEN_BYTES


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has it")
async def test_system_is_told_how_long_silence_may_last(line: tuple[Cycle, asyncio.StreamReader]) -> None:
    cycle, _ = line
    bound_silence(cycle.receive, 2.5)
    sock = cycle.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 2500


async def test_under_another_server_nothing_happens() -> None:
    bound_silence(plain_receive, 2.5)
    await abort_peer(plain_receive)
