"""Changes of rights, applied to the connections of this worker: who lost a channel is told so, and gets no more of it.

Each worker follows the internal channel of these changes and looks into it twice a second besides, so that the broker
is only a hint here as well. The hub's gate holds back whatever was written after a change until it was applied.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tertulia_server.broker.port import Broker, Publication
from tertulia_server.hub.gate import CLOSED
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Listener
from tertulia_server.live.judging import Judging, changes_of
from tertulia_server.store.port import Store
from tertulia_server.store.rights_log import read_rights
from tertulia_server.store.rights_seq import RIGHTS_CHANNEL
from tertulia_server.turns import Turns

INTERVAL_S: Final = 0.5
"""Between two looks, if nobody says that there is something to see."""

SHORTEST_PAUSE_S: Final = 0.01
"""However often it is called for."""

LONGEST_PAUSE_S: Final = 1.5
"""While the store does not answer."""

EXPIRY_LOOKS: Final = 120
"""Once in so many looks all proofs are asked for again: a sign-in and a token end by themselves, without a word."""


class RightsWatch:
    """One per worker; `start` comes before anybody can subscribe."""

    def __init__(self, store: Store, hub: Hub, broker: Broker, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._hub = hub
        self._broker = broker
        self._judging = Judging(store, hub, now_ms)
        self._turns = Turns(
            self._follow,
            failure="rights_not_read",
            pause_s=lambda: INTERVAL_S,
            longest_s=LONGEST_PAUSE_S,
            shortest_s=SHORTEST_PAUSE_S,
        )
        self._look_count = 0
        self._current_at_s = time.monotonic()

    @property
    def age_s(self) -> float:
        """Time since all changes of rights that the store knew of held here."""
        return time.monotonic() - self._current_at_s

    @property
    def drop_count(self) -> int:
        """Subscriptions that ended because their visitor may no longer read the channel."""
        return self._judging.drop_count

    async def start(self) -> None:
        """Learn where the changes stand, then follow them until `close`. Raises what the store raises."""
        self._hub.gate.open_at((await self._store.read(read_rights, 0)).seq)
        self._hub.gate.on_news = self.look_now
        self._hub.on_renew(self._hub.gate.close)
        self._broker.follow(RIGHTS_CHANNEL)
        self._current_at_s = time.monotonic()
        self._turns.start()

    async def close(self) -> None:
        await self._turns.close()

    def receive(self, publication: Publication) -> None:
        """A fresh change, from the broker: a hint to look."""
        if self._hub.gate.is_ahead(publication.seq) or publication.epoch != self._hub.epoch:
            self.look_now()

    def look_now(self) -> None:
        """There may be something to see: do not wait for the next turn. Many calls make one look."""
        self._turns.call()

    async def verify(self, listener: Listener) -> None:
        """Ask again who this is: a change may have come between that question and the connection's beginning."""
        await self._judging.verify([listener])

    async def _follow(self) -> None:
        is_current = await self._look()
        await self._look_at_proofs()
        if is_current:
            self._current_at_s = time.monotonic()

    async def _look(self) -> bool:
        """Apply what is new; whether all of it holds now."""
        gate = self._hub.gate
        known_seq = gate.seq
        news = await self._store.read(read_rights, max(0, known_seq))
        if news.epoch != self._hub.epoch or news.seq == known_seq:
            return news.epoch == self._hub.epoch  # of another log the sweep tells the hub, which closes the gate
        changes = changes_of(news, is_all=known_seq == CLOSED)
        await self._judging.apply(changes)
        if gate.seq != known_seq or self._hub.epoch != news.epoch:
            self.look_now()  # another log in between: all of that was about the old one
            return False
        if changes.moved_seq:
            self._forget_forums()
        gate.open_at(news.seq, moved_seq=changes.moved_seq)
        return True

    async def _look_at_proofs(self) -> None:
        self._look_count += 1
        if self._look_count % EXPIRY_LOOKS == 0:
            await self._judging.verify([listener for listener in self._hub.listeners if listener.proof is not None])

    def _forget_forums(self) -> None:
        """What a thread left behind in the memory of the forum that it left is not shown to its readers again."""
        for channel in self._hub.channels:
            if channel.startswith("forum:"):
                self._hub.forget(channel)
