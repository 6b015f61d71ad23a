"""The end of a worker: its clients are told when to come back, spread out, and served until they are gone.

    begin        readiness is red, nobody new is let in, each connection is told a time of its own
    drain_ms     meanwhile everything goes on: events are pushed, lagging subscriptions read, requests are answered
    FLUSH_S      who is still there is closed: what waits for it is flushed, or cut off by its sink

Whoever was cut off comes back with a cursor, at any worker, so nothing is lost by it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Final

import structlog

from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Listener
from tertulia_server.live.admission import Admission
from tertulia_wire.codes import Code
from tertulia_wire.messages import Drain

SLICE_CONNECTIONS: Final = 250
"""Connections that are told, or closed, between two yields to the loop."""

LATE_S: Final = 0.5
"""What the last ones to be told get on top, for their way."""

FLUSH_S: Final = 2.0
"""How long whoever is still there may take for its last bytes."""

_POLL_S: Final = 0.02

log = structlog.get_logger()


class Draining:
    """One per worker; ``drain_ms``: over how long its clients are spread."""

    def __init__(self, hub: Hub, admission: Admission, *, drain_ms: int) -> None:
        self._hub = hub
        self._admission = admission
        self._drain_ms = drain_ms
        self._task: asyncio.Task[None] | None = None
        self.told_count = 0
        self.cut_count = 0

    @property
    def is_draining(self) -> bool:
        """From `begin` on, for ever."""
        return self._task is not None

    def begin(self) -> asyncio.Task[None]:
        """Begin to drain; the task is done when all are gone, or were cut off. A second call gives the same task."""
        if self._task is None:
            self._admission.close(self._drain_ms)
            self._task = asyncio.create_task(self._drain())
        return self._task

    async def close(self) -> None:
        """Stop where it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _drain(self) -> None:
        connections = self._hub.listener_count
        log.info("draining", connections=connections)
        await self._tell(self._hub.listeners)
        await self._wait(self._drain_ms / 1000 + LATE_S)
        self.cut_count = self._hub.listener_count
        if self.cut_count:
            await self._end(self._hub.listeners)
            await self._wait(FLUSH_S)
        log.info("drained", connections=connections, cut=self.cut_count)

    async def _tell(self, listeners: Sequence[Listener]) -> None:
        for place, listener in enumerate(listeners, 1):
            if not listener.is_closed:
                listener.send(Drain(round(random.uniform(0, self._drain_ms))))
                self.told_count += 1
            if place % SLICE_CONNECTIONS == 0:
                await asyncio.sleep(0)

    async def _end(self, listeners: Sequence[Listener]) -> None:
        for place, listener in enumerate(listeners, 1):
            listener.end(Code.DRAINING)
            if place % SLICE_CONNECTIONS == 0:
                await asyncio.sleep(0)

    async def _wait(self, seconds: float) -> None:
        """Until all are gone, or so long."""
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + seconds
        while self._hub.listener_count and clock() < deadline_s:  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(_POLL_S)
