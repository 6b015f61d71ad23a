"""Whether a peer that says nothing still takes what it was sent.

A ping to a slow reader stands behind all that it has not read yet. So a peer that does not answer in time is dead
only if it took nothing of that either.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import Final

_ACKED_OFFSET: Final = 120
"""Of ``tcpi_bytes_acked`` in Linux's ``struct tcp_info`` (uapi/linux/tcp.h; since Linux 4.1)."""

_NOT_SENT_OFFSET: Final = 144
"""Of ``tcpi_notsent_bytes`` there (since Linux 4.6)."""

_INFO_BYTES: Final = _NOT_SENT_OFFSET + 4


def taken_bytes(transport: asyncio.Transport) -> tuple[bool, int]:
    """Whether anything waits to be taken by the peer, and a number that grows whenever it takes some of that.

    In the peer's kernel is taken enough. Where the system does not say, only our own buffer is seen.
    """
    buffered = transport.get_write_buffer_size()
    acked = _acked(transport)
    if acked is None:
        return buffered > 0, -buffered
    return buffered > 0 or acked[1] > 0, acked[0]


def _acked(transport: asyncio.Transport) -> tuple[int, int] | None:
    """Bytes that the peer's kernel acknowledged, and those in ours that it had no room for."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sys.platform != "linux" or sock is None:
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:  # no TCP, as over a Unix socket
        return None
    if len(info) < _INFO_BYTES:
        return None
    (acked,) = struct.unpack_from("=Q", info, _ACKED_OFFSET)
    (not_sent,) = struct.unpack_from("=I", info, _NOT_SENT_OFFSET)
    return acked, not_sent
