"""The sweep: asks the store which heads moved, and so finds whatever the broker lost.

Lost in pub/sub, committed by a worker that died before it could publish, happened while Redis was away: the same lines
find it. It uses no clock of the database and trusts no order of commits; see `read_touched`.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog

from tertulia_server.broker.port import Broker, BrokerState
from tertulia_server.hub.hub import Hub
from tertulia_server.store.access import read_access
from tertulia_server.store.heads import read_mark, read_touched
from tertulia_server.store.log import read_epoch, renew_epoch
from tertulia_server.store.port import Store
from tertulia_server.turns import Turns

FAST_INTERVAL_MS: Final = 200
"""Between two sweeps while the broker is away: events then arrive by the sweep alone, within a second."""

SHORTEST_PAUSE_MS: Final = 20
"""However often it is called for."""

LONGEST_PAUSE_MS: Final = 1500
"""While the store does not answer: what happened meanwhile is found within two seconds once it does."""

log = structlog.get_logger()


class Sweep:
    """One per worker. `start` gives the hub its epoch; only then can anything be subscribed to."""

    def __init__(self, store: Store, hub: Hub, broker: Broker, *, interval_ms: int) -> None:
        self._store = store
        self._hub = hub
        self._broker = broker
        self._interval_ms = interval_ms
        self._mark = 0
        self._is_doubtful = False
        self._looking = asyncio.Lock()
        self._turns = Turns(
            self._take_turn,
            failure="sweep_failed",
            pause_s=self._interval_s,
            longest_s=LONGEST_PAUSE_MS / 1000,
            shortest_s=SHORTEST_PAUSE_MS / 1000,
        )
        self._swept_at_s = time.monotonic()
        self.done_count = 0
        self.failed_count = 0

    async def start(self) -> None:
        """Learn where the log stands, then sweep until `close`. Raises what the store raises."""
        self._mark = await self._store.read(read_mark)
        self._hub.renew(await self._store.read(read_epoch), {})
        self._hub.on_doubt(self._doubt)
        self._swept_at_s = time.monotonic()
        self._turns.start()

    async def close(self) -> None:
        await self._turns.close()

    @property
    def age_s(self) -> float:
        """Time since the store last answered a sweep; until the first one, since the start."""
        return time.monotonic() - self._swept_at_s

    def sweep_now(self) -> None:
        """Something may have been lost: do not wait for the next turn. Many calls make one sweep."""
        self._turns.call()

    async def meet_epoch(self, epoch: str) -> None:
        """Somebody read ``epoch`` in the store: if the hub does not know it, look. Raises what the store raises.

        Many may come at once with the same news; one look serves them all.
        """
        async with self._looking:
            if epoch != self._hub.epoch:
                await self._look()

    async def check_epoch(self) -> None:
        """Compare the hub's whole picture of the log with the store, now. Raises what the store raises."""
        async with self._looking:
            await self._look()

    async def _look(self) -> None:
        seen = {name: self._hub.head(name) for name in self._hub.channels}
        accesses = await self._store.read(read_access, seen)
        heads = {name: access.head for name, access in accesses.by_channel.items()}
        if accesses.epoch != self._hub.epoch:
            log.warning("epoch_changed", epoch=accesses.epoch)
            self._hub.renew(accesses.epoch, heads)
        elif any(heads[name] < seq for name, seq in seen.items()):
            # An older log under the same name, such as a restored copy: the cursors of both must not meet.
            log.error("head_went_back")
            self._hub.renew(await self._store.write(renew_epoch), heads)
        else:
            self._notice(accesses.epoch, heads)

    def _doubt(self) -> None:
        self._is_doubtful = True
        self._turns.call()

    def _interval_s(self) -> float:
        is_away = self._broker.state is not BrokerState.CONNECTED
        return (min(self._interval_ms, FAST_INTERVAL_MS) if is_away else self._interval_ms) / 1000

    async def _take_turn(self) -> None:
        try:
            await self._sweep()
        except Exception:
            self.failed_count += 1
            raise
        self.done_count += 1
        self._swept_at_s = time.monotonic()

    async def _sweep(self) -> None:
        touched = await self._store.read(read_touched, self._mark)
        heads = {name: head.seq for name, head in touched.heads.items()}
        went_back = any(seq < self._hub.head(name) for name, seq in heads.items())
        if self._is_doubtful or went_back or touched.epoch != self._hub.epoch or touched.mark < self._mark:
            await self.check_epoch()
            self._is_doubtful = False
        self._mark = touched.mark
        self._notice(touched.epoch, heads)

    def _notice(self, epoch: str, heads: dict[str, int]) -> None:
        for name, seq in heads.items():
            self._hub.notice_head(name, epoch, seq)
