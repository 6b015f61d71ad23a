"""Who is let in: bounds on what one worker takes on at once, and a time to come back for whoever finds it full.

All transports use it in the same way:

    async with admission.handshake(): ...    around finding out who asks, which is one question to the store
    admission.admit()                        once for each connection, with its listener connected to the hub
    admission.check_catch_up(channels)       for channels that are to be followed from behind their head

Each raises a `Refusal` with ``retry_after_ms``. A browser does not show its scripts why a WebSocket handshake failed;
so a WebSocket is accepted first, then told by an `error`, and closed.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

from tertulia_server.errors import Refusal
from tertulia_server.hub.hub import Hub
from tertulia_wire.codes import Code

HANDSHAKES_AT_ONCE: Final = 32
"""Questions of who asks that one worker has in the store together: a stampede leaves room for pages and posts."""

MAX_WAITING_HANDSHAKES: Final = 2_000
"""In line behind them; at a few tenths of a millisecond each, the last one waits about a second."""

RETRY_AFTER_MS: Final = (1_000, 4_000)
"""Those who are turned away are spread over this range, before their own jitter."""


class Turn:
    """A turn at the door, from the beginning to the end of a block."""

    __slots__ = ("_admission",)

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def __aenter__(self) -> None:
        await self._admission.take_turn()

    async def __aexit__(self, *_: object) -> None:
        self._admission.give_turn()


class Admission:
    """One per worker."""

    def __init__(self, hub: Hub, *, max_connections: int, max_catch_ups: int) -> None:
        self._hub = hub
        self._max_connections = max_connections
        self._max_catch_ups = max_catch_ups
        self._handshakes = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        self._drain_ms: int | None = None
        self.waiting_count = 0
        self.admitted_count = 0
        self.refused_counts: Counter[str] = Counter()

    def handshake(self) -> Turn:
        """Wait for a turn at the door; ``OVERLOADED`` when the line is too long."""
        if self.waiting_count >= MAX_WAITING_HANDSHAKES:
            raise self._refusal("handshakes")
        return Turn(self)

    async def take_turn(self) -> None:
        """Of `Turn`."""
        if not self._handshakes.locked():
            await self._handshakes.acquire()
            return
        self.waiting_count += 1
        try:
            await self._handshakes.acquire()
        finally:
            self.waiting_count -= 1

    def give_turn(self) -> None:
        """Of `Turn`."""
        self._handshakes.release()

    def admit(self) -> None:
        """``DRAINING`` or ``OVERLOADED`` if there is no room for this connection, which the hub counts already."""
        if self._drain_ms is not None:
            self.refused_counts["draining"] += 1
            raise Refusal(Code.DRAINING, retry_after_ms=self._drain_ms)
        if self._hub.listener_count > self._max_connections:
            raise self._refusal("connections")
        self.admitted_count += 1

    def check_catch_up(self, channels: int) -> None:
        """``OVERLOADED`` when too many subscriptions lag for so many more to begin behind the head.

        One message is never too much for a worker with nothing to do.
        """
        lagging_count = self._hub.figures.lagging_count
        if lagging_count and lagging_count + channels > self._max_catch_ups:
            raise self._refusal("catch_ups")

    def close(self, drain_ms: int) -> None:
        """From now on nobody is let in; whoever comes is told to come back after that time."""
        self._drain_ms = drain_ms

    def _refusal(self, reason: str) -> Refusal:
        self.refused_counts[reason] += 1
        return Refusal(Code.OVERLOADED, retry_after_ms=round(random.uniform(*RETRY_AFTER_MS)))
