"""What keeps the readers of one worker up to date, put together: broker, hub, sweep, and their ways to the store."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from tertulia_server.broker.port import Broker, Publication
from tertulia_server.clock import now_ms
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.marked import marked_frames
from tertulia_server.hub.presence import Presence
from tertulia_server.live.access_reader import AccessReader
from tertulia_server.live.admission import Admission
from tertulia_server.live.draining import Draining
from tertulia_server.live.errands import Errands
from tertulia_server.live.log_source import StoreLogSource
from tertulia_server.live.rights_watch import RightsWatch
from tertulia_server.settings import Settings
from tertulia_server.store.port import Store
from tertulia_server.store.rights_seq import RIGHTS_CHANNEL
from tertulia_server.sweep import Sweep
from tertulia_wire.signals import MARKED, PRESENCE


class Live:
    """One per worker, made inside its loop; works between `start` and `close`."""

    def __init__(self, settings: Settings, store: Store, broker: Broker, *, now_ms: Callable[[], int] = now_ms) -> None:
        self.settings = settings
        self.broker = broker
        self.accesses = AccessReader(store)
        self.errands = Errands()
        self._log_source = StoreLogSource(store)
        self.hub = Hub(
            asyncio.get_running_loop(),
            self._log_source,
            budget_bytes=settings.ring_budget_bytes,
            follow=broker.follow,
            unfollow=broker.unfollow,
            round_delay_s=settings.round_delay_ms / 1000,
        )
        self.presence = (
            Presence(
                asyncio.get_running_loop(),
                secrets.token_hex(8),
                publish=broker.publish,
                follow=broker.follow,
                unfollow=broker.unfollow,
            )
            if settings.shows_presence
            else None
        )
        self.admission = Admission(
            self.hub, max_connections=settings.max_connections, max_catch_ups=settings.max_catch_ups
        )
        self.draining = Draining(self.hub, self.admission, drain_ms=settings.drain_ms)
        self.sweep = Sweep(store, self.hub, broker, interval_ms=settings.sweep_interval_ms)
        self.rights = RightsWatch(store, self.hub, broker, now_ms=now_ms)

    async def start(self) -> None:
        """Raises what the store raises; a broker that is away is waited for in the background."""
        await self.sweep.start()
        await self.rights.start()
        await self.broker.start(self._receive, self._notice_gap)

    async def close(self) -> None:
        """Stop listening and reading; the store is closed by its owner, after this."""
        await self.draining.close()
        if self.presence is not None:
            self.presence.close()
        await self.broker.close()
        await self.rights.close()
        await self.sweep.close()
        await self.errands.close()
        await self.accesses.close()
        await self._log_source.close()

    def _receive(self, publication: Publication) -> None:
        """From the broker: an event for the hub, a change of rights, a member's mark, or a note of another worker."""
        if publication.channel == RIGHTS_CHANNEL:
            self.rights.receive(publication)
        elif publication.name == MARKED:
            self._pass_on(publication)
        elif publication.name != PRESENCE:
            self.hub.receive(publication)
        elif self.presence is not None:
            self.presence.receive(publication)

    def _pass_on(self, publication: Publication) -> None:
        if self.hub.subscriptions(publication.channel):
            frames = marked_frames(publication)
            if frames is not None:
                self.hub.signal(publication.channel, frames)

    def _notice_gap(self) -> None:
        self.rights.look_now()
        self.sweep.sweep_now()
