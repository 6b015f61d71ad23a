"""Long poll: a sink that collects until there is something to tell, and is then emptied into one answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Final

from tertulia_server.hub.frame import Frame
from tertulia_server.sinks.sent import SentCursors, kind_of
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.messages import Hello, Pong, Refused, Subscribed

LINGER_S: Final = 0.05
"""How long the first news waits for more, so that a busy channel is not one request per event."""


class PollSink:
    """A `Sink` that is never writable again once it holds more than ``max_bytes``."""

    encoding = Encoding.JSON
    pipe: Final = None

    def __init__(self, cursors: SentCursors, *, max_bytes: int) -> None:
        self.on_writable: Callable[[], None] = _nothing
        self._max_bytes = max_bytes
        self._held_bytes = 0
        self._payloads: list[bytes] = []
        self._cursors = cursors
        self._good_bye: tuple[int, str] | None = None
        self._has_news = asyncio.Event()
        self._is_full = asyncio.Event()

    def push(self, frame: Frame) -> bool:
        if self._good_bye is not None:
            return False
        for payload in frame.payloads:
            text = payload.decode()
            self._payloads.append(payload)
            self._cursors.note(text)
            if not self._has_news.is_set() and _is_news(text):
                self._has_news.set()
        self._held_bytes += frame.payload_bytes
        if self._held_bytes > self._max_bytes:
            self._is_full.set()
        return not self._is_full.is_set()

    def close(self, code: int, reason: str) -> None:
        """The answer goes out at once, and says so."""
        if self._good_bye is None:
            self._good_bye = (code, reason)
            self._has_news.set()
            self._is_full.set()

    async def news(self) -> None:
        """Wait for anything that the peer does not know, and then a moment for more."""
        await self._has_news.wait()
        try:
            async with asyncio.timeout(LINGER_S):
                await self._is_full.wait()
        except TimeoutError:
            return

    def answer(self) -> bytes:
        """Everything so far as the JSON of an answer; ``since`` is where the next poll goes on."""
        fields = [
            b'"messages":[' + b",".join(self._payloads) + b"]",
            b'"since":' + json.dumps(str(self._cursors)).encode(),
        ]
        if self._good_bye is not None:
            fields.append(b'"close":' + json.dumps(self._good_bye).encode())
        return b"{" + b",".join(fields) + b"}"


def _is_news(payload: str) -> bool:
    """Whether a client wants to hear it now: not who we are, nor that it follows what it asked for."""
    kind = kind_of(payload)
    if kind == Subscribed.kind:
        message = decode_server_message(payload, Encoding.JSON)
        return isinstance(message, Subscribed) and any(isinstance(item, Refused) for item in message.items)
    return kind not in {Hello.kind, Pong.kind}


def _nothing() -> None:
    return None
