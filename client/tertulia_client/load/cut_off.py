"""When a server gave up a connection whose reader does not read: asked of the kernel, for the reader cannot hear it."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Final

_TCP_INFO: Final = 11
"""tcp(7); its first byte is the state of the connection."""
_ESTABLISHED: Final = 1
CAN_ASK: Final = sys.platform == "linux"


def is_cut_off(transport: asyncio.BaseTransport) -> bool:
    """Whether the other side has ended the connection, by a good-bye or a reset. False where that cannot be known."""
    line = transport.get_extra_info("socket")
    if line is None or not CAN_ASK:
        return False
    try:
        state = line.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 1)
    except OSError:
        return True
    return bool(state[0] != _ESTABLISHED)
