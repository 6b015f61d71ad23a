"""A socket whose arrivals the kernel stamps, so that what the generator itself adds can be told from the server's part.

The event loops do not hand out what comes beside the bytes of a read; so this reads its socket itself, with `recvmsg`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import time
from typing import Any, Final

READ_BYTES: Final = 256 * 1024
_SO_TIMESTAMPNS: Final = 35
"""socket(7) and asm-generic/socket.h of Linux; Python has no name for it."""
_TIMESPEC: Final = struct.Struct("@ll")

CAN_STAMP: Final = sys.platform == "linux"


class StampedTransport(asyncio.Transport):
    """As much of a transport as a reader needs. ``delay_s``: from the kernel's stamp of the last bytes to our read."""

    def __init__(self, loop: asyncio.AbstractEventLoop, line: socket.socket, reader: asyncio.Protocol) -> None:
        super().__init__()
        self._loop = loop
        self._line = line
        self._reader = reader
        self._is_closed = False
        self.delay_s = 0.0

    def start(self) -> None:
        self._reader.connection_made(self)
        self.resume_reading()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Readers write a handful of bytes: what the socket does not take at once means that it is dead."""
        try:
            self._line.sendall(data)
        except OSError as error:
            self._finish(error)

    def pause_reading(self) -> None:
        self._loop.remove_reader(self._line)

    def resume_reading(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._line, self._read)

    def close(self) -> None:
        self._finish(None)

    def abort(self) -> None:
        self._finish(None)

    def is_closing(self) -> bool:
        return self._is_closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._line if name == "socket" else default

    def _read(self) -> None:
        try:
            data, beside, _, _ = self._line.recvmsg(READ_BYTES, 64)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._finish(error)
            return
        if not data:
            self._finish(None)
            return
        now_s = time.time()
        for level, kind, stamp in beside:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(stamp) >= _TIMESPEC.size:
                seconds, nanoseconds = _TIMESPEC.unpack_from(stamp)
                self.delay_s = max(0.0, now_s - seconds - nanoseconds / 1e9)
        self._reader.data_received(data)

    def _finish(self, error: Exception | None) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._line)
        with contextlib.suppress(OSError):
            self._line.close()
        self._loop.call_soon(self._reader.connection_lost, error)


async def connect_stamped(
    reader: asyncio.Protocol, host: str, port: int, local_addr: tuple[str, int] | None = None
) -> StampedTransport:
    """As ``loop.create_connection``; `OSError` when nobody takes it."""
    loop = asyncio.get_running_loop()
    family, kind, protocol, _, place = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
    line = socket.socket(family, kind, protocol)
    try:
        line.setblocking(False)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if local_addr is not None:
            line.bind(local_addr)
        await loop.sock_connect(line, place)
    except BaseException:
        line.close()
        raise
    transport = StampedTransport(loop, line, reader)
    transport.start()
    return transport
