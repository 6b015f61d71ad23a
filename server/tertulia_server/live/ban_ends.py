"""Bans end by themselves: each worker looks once a second whether the time of one has come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

INTERVAL_S: Final = 1.0

log = structlog.get_logger()


class BanEnds:
    """One per worker. ``end_bans`` ends those that are due, and says whether there were any: then there may be more."""

    def __init__(self, end_bans: Callable[[], Awaitable[bool]], *, interval_s: float = INTERVAL_S) -> None:
        self._end_bans = end_bans
        self._interval_s = interval_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="ends of bans")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                while await self._end_bans():
                    pass
            except Exception as error:  # noqa: BLE001 - whatever the database says: the next turn asks again
                log.warning("ban_ends_failed", error=repr(error))
            await asyncio.sleep(self._interval_s)
