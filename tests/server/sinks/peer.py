"""The other end of an ASGI WebSocket, in the test's hands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any


class Peer:
    """What a server does with ``send``: takes a message, waits while the peer does not read, raises when it left."""

    def __init__(self) -> None:
        self.messages: list[bytes | str] = []
        self._close: tuple[int, str] | None = None
        self._is_gone = False
        self._is_reading = asyncio.Event()
        self._is_reading.set()
        self._has_changed = asyncio.Condition()
        self._misses = 0

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self._is_reading.wait()
        async with self._has_changed:
            self._has_changed.notify_all()
            if self._is_gone:
                self._misses += 1
                raise OSError("the peer is gone")
            self._take(message)

    def stop(self) -> None:
        self._is_reading.clear()

    def read_again(self) -> None:
        self._is_reading.set()

    def leave(self) -> None:
        self._is_gone = True
        self._is_reading.set()

    def forget(self, messages: list[bytes | str]) -> None:
        del self.messages[: len(messages)]

    async def received(self, count: int) -> list[bytes | str]:
        """The first ``count`` messages, once they are here."""
        async with self._has_changed:
            await self._has_changed.wait_for(lambda: len(self.messages) >= count)
        return self.messages[:count]

    async def closed(self) -> tuple[int, str]:
        async with self._has_changed:
            await self._has_changed.wait_for(lambda: self._close is not None)
        assert self._close is not None
        return self._close

    async def was_missed(self) -> None:
        """Until somebody noticed that we left."""
        async with self._has_changed:
            await self._has_changed.wait_for(lambda: self._misses > 0)
        await asyncio.sleep(0)

    def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self._close = (message["code"], message["reason"])
        else:
            self.messages.append(message["text"] if "text" in message else message["bytes"])
