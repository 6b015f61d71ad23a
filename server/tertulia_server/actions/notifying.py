"""Tells members of posts, beside the posts themselves: no writer waits for it.

Each worker looks; one at a time works, by a lease that is taken in each step. Nothing is kept here that matters: what
was done stands in the store with the cursor of it, so any worker goes on where another one was killed.
"""

from __future__ import annotations

import secrets
from typing import Final

import structlog

from tertulia_server.actions.context import Actions
from tertulia_server.store.leases import release_lease
from tertulia_server.store.notifying import FOLLOWER, Turn, may_step, take_step
from tertulia_server.turns import Turns

POLL_S: Final = 0.5
"""How long a post at another worker may stay untold."""

GATHER_S: Final = 0.05
"""While posts come quickly, those of so long are told together: a step costs a transaction, whatever is in it."""

LONGEST_PAUSE_S: Final = 10.0

log = structlog.get_logger()


class Notifier:
    """One per worker; works between `start` and `close`."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._holder = secrets.token_hex(8)
        self._turns = Turns(
            self.work_off,
            failure="notifying_failed",
            pause_s=lambda: POLL_S,
            longest_s=LONGEST_PAUSE_S,
            shortest_s=GATHER_S,
        )
        self._channel = ""
        self._has_lease = False
        self.told_count = 0

    def start(self) -> None:
        self._turns.call()
        self._turns.start()

    async def close(self) -> None:
        """Stop, and let another worker go on at once."""
        await self._turns.close()
        if self._has_lease:
            try:
                await self._actions.store.write(release_lease, FOLLOWER, self._holder)
            except Exception as error:  # noqa: BLE001 - it ends by itself
                log.warning("lease_not_released", error=repr(error))

    def look(self) -> None:
        """Something was posted here: do not wait for the next turn."""
        self._turns.call()

    async def work_off(self) -> bool:
        """Do all that is there to do; False if another worker is at it."""
        while True:
            turn = Turn(self._holder, self._actions.now_ms(), self._channel)
            may = await self._actions.store.read(may_step, turn)
            if may is None:
                return True
            step = await self._actions.store.write(take_step, turn) if may else None
            self._has_lease = step is not None
            if step is None:
                return False
            self._channel = step.channel
            self.told_count += len(step.told)
            self._actions.tell(step.announcement)
