from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import pytest

from tertulia_server.sinks import backlog
from tertulia_server.sinks.backlog import taken_bytes

CHUNK = b"x" * 65536


async def pair(family: socket.AddressFamily) -> tuple[asyncio.Transport, socket.socket]:
    """A transport, and the plain socket at its other end."""
    if family == socket.AF_UNIX:
        near, far = socket.socketpair()
    else:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            far = socket.create_connection(listener.getsockname())
            near, _ = listener.accept()
    near.setblocking(False)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=near)
    return transport, far


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
@pytest.mark.parametrize("is_told", [True, False])
async def test_number_grows_when_the_peer_takes_something(
    family: socket.AddressFamily, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_told:
        monkeypatch.setattr(backlog, "_INFO_BYTES", 10_000)
    transport, far = await pair(family)
    assert taken_bytes(transport)[0] is False
    while transport.get_write_buffer_size() < 4 * len(CHUNK):
        transport.write(CHUNK)
        await asyncio.sleep(0)
    has_backlog, before = taken_bytes(transport)
    assert has_backlog
    await asyncio.sleep(0)
    assert taken_bytes(transport) == (True, before)
    while taken_bytes(transport)[1] <= before:
        await asyncio.to_thread(far.recv, 1 << 20)
    transport.abort()
    far.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what was acknowledged")
async def test_what_the_peers_system_took_is_no_backlog() -> None:
    transport, far = await pair(socket.AF_INET)
    transport.write(b"ping")
    received: Any = await asyncio.to_thread(far.recv, 100, socket.MSG_PEEK)
    assert received == b"ping"
    assert taken_bytes(transport)[0] is False
    transport.abort()
    far.close()
