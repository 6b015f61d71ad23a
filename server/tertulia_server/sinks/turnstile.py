"""New connections, a few in each turn of the loop.

A handshake costs half a millisecond. When thousands come back at once, a loop would do nothing else for seconds: no
push, no page, no post. So the first request of each connection waits for its turn, and all else goes on in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

from uvicorn.server import ServerState

from tertulia_server.sinks.uvicorn import LiveHttp

ENTRIES_PER_TURN: Final = 16
"""About 10 ms between two looks at everything else."""

MAX_WAITING_BYTES: Final = 64 * 1024
"""What one connection may send before its turn."""

_TURNSTILES: Final[WeakKeyDictionary[ServerState, Turnstile]] = WeakKeyDictionary()


class Turnstile:
    """One per server. Without a crowd everybody passes at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._passed_count = 0
        self._is_scheduled = False

    def enter(self, step: Callable[[], None]) -> None:
        """Call ``step`` now if this turn has room for it, else in one of the next, in order of arrival."""
        self._schedule()
        if self._waiting or self._passed_count >= ENTRIES_PER_TURN:
            self._waiting.append(step)
        else:
            self._passed_count += 1
            step()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._is_scheduled = False
        self._passed_count = 0
        while self._waiting and self._passed_count < ENTRIES_PER_TURN:
            self._passed_count += 1
            self._schedule()
            self._waiting.popleft()()


class CalmHttp(LiveHttp):
    """The first request of a connection waits at the turnstile; once past it, nothing does."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # what asyncio gives a protocol of sockets
        super().connection_made(transport)
        self._early: bytes | None = b""

    def data_received(self, data: bytes) -> None:
        if self._early is None:
            super().data_received(data)
        elif self._early:
            self._early += data
            if len(self._early) > MAX_WAITING_BYTES:
                self.transport.pause_reading()
        else:
            self._early = data
            self._turnstile().enter(self._pass)

    def _pass(self) -> None:
        early, self._early = self._early or b"", None
        if self.transport.is_closing():
            return  # left while it waited
        if len(early) > MAX_WAITING_BYTES:
            self.transport.resume_reading()
        super().data_received(early)

    def _turnstile(self) -> Turnstile:
        turnstile = _TURNSTILES.get(self.server_state)
        if turnstile is None:
            turnstile = _TURNSTILES[self.server_state] = Turnstile(self.loop)
        return turnstile
