"""The other end of a real WebSocket, in the test's hands: it reads, answers and leaves when it is told to."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

LIMIT_S = 10.0
BUFFER_BYTES = 64 * 1024
"""Of the system, on either side: small, so that a peer that does not read is felt soon. Linux doubles it."""

_DATA = {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}


def wire(opcode: Opcode, data: bytes = b"", *, is_final: bool = True) -> bytes:
    """A frame as a client sends it."""
    return Frame(opcode, data, is_final).serialize(mask=True)


class SocketPeer:
    """Made by `open`. ``is_answering``: whether pings and close frames are answered, as they must."""

    def __init__(self, sock: socket.socket, core: ClientProtocol) -> None:
        self.messages: list[bytes | str] = []
        self.frames: list[Frame] = []
        self.response: Response | None = None
        self.is_answering = True
        self.was_missed: Callable[[], Awaitable[None]] = self.at_end
        """Until the other side noticed that we left; set by whoever knows it."""
        self.is_at_end = False
        self._sock = sock
        self._core = core
        self._changed = asyncio.Condition()
        self._read_count = 0
        self._is_single = False
        self._is_reading = asyncio.Event()
        self._is_reading.set()
        self._pump = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, port: int, subprotocol: str, *, behind: bytes = b"", http: bytes = b"HTTP/1.1") -> SocketPeer:
        """Connect and send the handshake, with ``behind`` in the same segment; see `shaken`."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", port))
        core = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}/"), subprotocols=[subprotocol])  # type: ignore[list-item]
        core.send_request(core.connect())
        request = b"".join(core.data_to_send()).replace(b"HTTP/1.1", http, 1)
        await loop.sock_sendall(sock, request + behind)
        return cls(sock, core)

    async def shaken(self) -> Response:
        """The answer to the handshake."""
        await self._wait_for(lambda: self.response is not None)
        assert self.response is not None
        return self.response

    async def send(self, *frames: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, b"".join(frames))

    def stop(self) -> None:
        """Read no more, except what a read under way brings."""
        self._is_reading.clear()

    def read_again(self) -> None:
        self._is_single = False
        self._is_reading.set()

    async def read_some(self) -> None:
        """One read, while stopped."""
        before = self._read_count
        self._is_single = True
        self._is_reading.set()
        await self._wait_for(lambda: self._read_count > before)

    def leave(self) -> None:
        """Go without a word, as a process that was killed."""
        self._pump.cancel()
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def forget(self, messages: list[bytes | str]) -> None:
        del self.messages[: len(messages)]

    async def received(self, count: int) -> list[bytes | str]:
        """The first ``count`` messages, once they are here."""
        await self._wait_for(lambda: len(self.messages) >= count)
        return self.messages[:count]

    async def heard(self, opcode: Opcode) -> Frame:
        """The first frame of that kind."""
        await self._wait_for(lambda: any(frame.opcode is opcode for frame in self.frames))
        return next(frame for frame in self.frames if frame.opcode is opcode)

    async def closed(self) -> tuple[int, str]:
        """The other side's good-bye."""
        await self._wait_for(lambda: self._core.close_rcvd is not None)
        assert self._core.close_rcvd is not None
        return int(self._core.close_rcvd.code), self._core.close_rcvd.reason

    async def at_end(self) -> None:
        """The connection is gone, politely or not."""
        await self._wait_for(lambda: self.is_at_end)

    async def close(self) -> None:
        self._pump.cancel()
        await asyncio.wait([self._pump])
        self._sock.close()

    async def _wait_for(self, is_so: Any) -> None:
        async with asyncio.timeout(LIMIT_S), self._changed:
            await self._changed.wait_for(is_so)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._is_reading.wait()
                data = await loop.sock_recv(self._sock, BUFFER_BYTES)
                if not data:
                    break
                if self._is_single:
                    self._is_reading.clear()
                await self._take(data)
        except OSError:
            pass  # cut off
        async with self._changed:
            self.is_at_end = True
            self._changed.notify_all()

    async def _take(self, data: bytes) -> None:
        self._core.receive_data(data)
        async with self._changed:
            self._read_count += 1
            for event in self._core.events_received():
                if isinstance(event, Response):
                    self.response = event
                elif isinstance(event, Frame):
                    self._note(event)
            self._changed.notify_all()
        answer = b"".join(self._core.data_to_send())
        if answer and self.is_answering:
            await self.send(answer)

    def _note(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame.opcode in _DATA:
            data = bytes(frame.data)
            self.messages.append(data.decode() if frame.opcode is Opcode.TEXT else data)
