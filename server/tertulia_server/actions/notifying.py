"""Tells members of posts, beside the posts themselves: no writer waits for it.

Each worker looks; one at a time works, by a lease that is taken in each step. Nothing is kept here that matters: what
was done stands in the store with the cursor of it, so any worker goes on where another one was killed.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

import structlog

from tertulia_server.actions.context import Actions
from tertulia_server.store.leases import release_lease
from tertulia_server.store.notifying import FOLLOWER, Turn, has_backlog, take_step

POLL_S: Final = 0.5
"""How long a post at another worker may stay untold."""

LONGEST_PAUSE_S: Final = 10.0

log = structlog.get_logger()


class Notifier:
    """One per worker; works between `start` and `close`."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._holder = secrets.token_hex(8)
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._channel = ""
        self._has_lease = False
        self._failure_count = 0
        self.told_count = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop, and let another worker go on at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._has_lease:
            try:
                await self._actions.store.write(release_lease, FOLLOWER, self._holder)
            except Exception as error:  # noqa: BLE001 - it ends by itself
                log.warning("lease_not_released", error=repr(error))

    def look(self) -> None:
        """Something was posted here: do not wait for the next turn."""
        self._wanted.set()

    async def work_off(self) -> bool:
        """Do all that is there to do; False if another worker is at it."""
        while await self._actions.store.read(has_backlog):
            step = await self._actions.store.write(take_step, Turn(self._holder, self._actions.now_ms(), self._channel))
            self._has_lease = step is not None
            if step is None:
                return False
            self._channel = step.channel
            self.told_count += len(step.told)
            if step.announcement is not None:
                self._actions.publish(step.announcement.publications())
        return True

    async def _run(self) -> None:
        while True:
            try:
                await self.work_off()
                self._failure_count = 0
            except Exception as error:  # noqa: BLE001 - whatever the database says: the next turn asks again
                self._failure_count += 1
                log.warning("notifying_failed", error=repr(error), failures=self._failure_count)
            await self._pause()

    async def _pause(self) -> None:
        longest_s = min(LONGEST_PAUSE_S, POLL_S * 2.0 ** min(self._failure_count, 8))
        try:
            async with asyncio.timeout(longest_s):
                await self._wanted.wait()
        except TimeoutError:
            pass
        self._wanted.clear()
