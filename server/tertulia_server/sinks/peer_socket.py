"""The socket under a streaming HTTP answer, where the server lets us have it.

ASGI has no word for "let go of this peer": returning from the endpoint makes a server close politely, which waits for
a buffer that a dead peer never empties. uvicorn's ``receive`` is a method of the object that holds the transport;
under any other server these functions do nothing, and the system's own time limits end a dead connection.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any


async def abort_peer(receive: Any) -> None:
    """Drop the connection without waiting for what is still in its buffer."""
    transport = _transport_of(receive)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)  # the server hears of it before we return, and so does not log an answer without an end


def bound_silence(receive: Any, seconds: float) -> None:
    """Let the system cut the connection when what was sent is not acknowledged for so long (RFC 5482; Linux).

    A stream hears nothing from its peer, so that its own writes are the only question that a dead peer leaves open.
    """
    transport = _transport_of(receive)
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None or not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, round(seconds * 1000)))


def _transport_of(receive: Any) -> asyncio.Transport | None:
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    return transport if isinstance(transport, asyncio.Transport) or hasattr(transport, "abort") else None
