"""The portable sink: a bounded outbox and one writer per connection, over nothing but ASGI."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from tertulia_server.hub.frame import Frame
from tertulia_wire.codec import Encoding

GOOD_BYE_S: Final = 5.0
"""How long a peer may take for what is left in the outbox and the close frame."""

STALL_S: Final = 60.0
"""How long a peer with a full outbox may take nothing at all. It answers no pings either, and so is dead for the server
below us; but a polite close waits for a full buffer, and we would wait with it."""

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class AsgiSink:
    """A `Sink` over an accepted ASGI WebSocket; ``send`` is that of Starlette's WebSocket.

    Its outbox holds at most ``max_outbox_bytes`` of payload, the frame with which it answered False, and replies
    to what the peer sent before its endpoint stopped reading (see `drained`). Alive inside `running`.
    """

    pipe: Final = None

    def __init__(self, encoding: Encoding, send: Send, *, max_outbox_bytes: int) -> None:
        self.encoding = encoding
        self.on_writable: Callable[[], None] = _nothing
        self._send = send
        self._high_bytes = max_outbox_bytes
        self._low_bytes = max_outbox_bytes // 2
        self._outbox: deque[Frame] = deque()
        self._outbox_bytes = 0
        self._is_running = False
        self._is_closed = False
        self._good_bye: tuple[int, str] | None = None
        self._has_work = asyncio.Event()
        self._is_writable = asyncio.Event()
        self._is_writable.set()
        self._patience = asyncio.timeout(None)

    @property
    def outbox_bytes(self) -> int:
        """Payload that waits for the peer."""
        return self._outbox_bytes

    def push(self, frame: Frame) -> bool:
        if self._is_closed:
            return False
        self._outbox.append(frame)
        self._outbox_bytes += frame.payload_bytes
        self._has_work.set()
        if self._outbox_bytes > self._high_bytes and self._is_writable.is_set():
            self._is_writable.clear()
            self._wait_at_most(STALL_S)
        return self._is_writable.is_set()

    def close(self, code: int, reason: str) -> None:
        """What is in the outbox goes out, then the close frame; whoever does not take them in time is let go."""
        if self._is_closed:
            return
        self._is_closed = True
        self._good_bye = (code, reason)
        self._has_work.set()
        self._wait_at_most(GOOD_BYE_S)

    async def drained(self) -> None:
        """Wait until the peer has taken enough: whoever sends requests must also take the answers."""
        await self._is_writable.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send what is pushed while the body runs; ends it when the peer takes nothing for too long.

        Returning from the endpoint is then all that ASGI offers to be rid of a peer.
        """
        try:
            async with self._patience:
                self._is_running = True
                writer = asyncio.create_task(self._write())
                try:
                    yield
                finally:
                    self._is_running = False
                    writer.cancel()
                    await asyncio.wait([writer])
        except TimeoutError:
            if not self._patience.expired():
                raise

    async def _write(self) -> None:
        try:
            while True:
                await self._has_work.wait()
                self._has_work.clear()
                await self._empty_outbox()
                if self._good_bye is not None:
                    code, reason = self._good_bye
                    await self._send({"type": "websocket.close", "code": code, "reason": reason})
                    return
        except (OSError, WebSocketDisconnect, WebSocketDisconnected):
            return  # the peer is gone, which the endpoint learns from its next receive
        finally:
            self._is_closed = True
            self._outbox.clear()
            self._is_writable.set()

    async def _empty_outbox(self) -> None:
        field = "text" if self.encoding.is_text else "bytes"
        while self._outbox:
            frame = self._outbox.popleft()
            for payload in frame.payloads:
                data = payload.decode() if frame.is_text else payload
                await self._send({"type": "websocket.send", field: data})
            self._outbox_bytes -= frame.payload_bytes
            if not self._is_writable.is_set():
                self._note_progress()

    def _note_progress(self) -> None:
        """A peer that lags took a frame."""
        if self._good_bye is None:
            self._wait_at_most(STALL_S)
        if self._outbox_bytes <= self._low_bytes:
            self._is_writable.set()
            if self._good_bye is None:
                self._wait_at_most(None)
            self.on_writable()

    def _wait_at_most(self, seconds: float | None) -> None:
        """Set when we lose patience; too late once that has happened, or outside `running`."""
        if self._is_running and not self._patience.expired():
            deadline_s = None if seconds is None else asyncio.get_running_loop().time() + seconds
            self._patience.reschedule(deadline_s)


def _nothing() -> None:
    return None
