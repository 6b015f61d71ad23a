"""Bans end by themselves: each worker looks once a second whether the time of one has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tertulia_server.turns import Turns

INTERVAL_S: Final = 1.0


class BanEnds:
    """One per worker. ``end_bans`` ends those that are due, and says whether there were any: then there may be more."""

    def __init__(self, end_bans: Callable[[], Awaitable[bool]], *, interval_s: float = INTERVAL_S) -> None:
        self._end_bans = end_bans
        self._turns = Turns(self._end_all, failure="ban_ends_failed", pause_s=lambda: interval_s, longest_s=interval_s)

    def start(self) -> None:
        self._turns.call()
        self._turns.start()

    async def close(self) -> None:
        await self._turns.close()

    async def _end_all(self) -> None:
        while await self._end_bans():
            pass
