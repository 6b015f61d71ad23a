"""One channel in one worker: its head, which moves only over events that are here, and the two ways of being served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tertulia_server.broker.port import Publication
from tertulia_server.hub.core import Core
from tertulia_server.hub.history import CHANGES, History
from tertulia_server.hub.lagging import Lagging
from tertulia_server.hub.ports import Timer
from tertulia_server.hub.rounds import Rounds
from tertulia_server.hub.subscription import Push, Subscription
from tertulia_wire.channels import SITE_CHANNEL

GAP_PATIENCE_S: Final = 0.1
"""How long a later seq waits for its elders: with two workers 1 to 13 % of events arrived before them, and were whole
again within 85 ms."""

SITE_PACE_S: Final = 0.8
"""Everybody follows the site: what happens there in most of a second is one write to each of them."""

MAX_EARLY: Final = 16
"""Publications kept of a channel that is being opened; the rest is only noticed, and read."""


class Channel:
    """``head``: all events up to here were seen. ``noticed_seq``: there are events up to here, seen or not.

    A held channel is not open yet: somebody is about to subscribe and asks the store where its head is; what is
    heard meanwhile counts.
    """

    __slots__ = (
        "_core",
        "_early",
        "_gap_timer",
        "_missed_change_seq",
        "_repair_until",
        "history",
        "hold_count",
        "is_open",
        "lagging",
        "name",
        "noticed_seq",
        "rounds",
    )

    def __init__(self, core: Core, name: str) -> None:
        self._core = core
        self.name = name
        self.history = History(core, name, self._post_changed)
        self.rounds = Rounds(
            core, self.history, self._rounds_advanced, pace_s=SITE_PACE_S if name == SITE_CHANNEL else 0.0
        )
        self.lagging = Lagging(core, name, self.history, self.rounds)
        self.noticed_seq = 0
        self.hold_count = 0
        self.is_open = False
        self._gap_timer: Timer | None = None
        self._early: list[Publication] = []
        self._missed_change_seq = 0
        self._repair_until: int | None = None

    @property
    def head(self) -> int:
        return self.history.known_seq

    @property
    def subscriptions(self) -> Sequence[Subscription]:
        return (*self.rounds.live, *self.lagging)

    @property
    def is_idle(self) -> bool:
        return not self.hold_count and not self.rounds.has_live and not self.lagging

    def open(self, head: int) -> None:
        """What the store said when somebody subscribed; the first answer opens the channel."""
        if not self.is_open:
            self.is_open = True
            self.history.known_seq = head
            self.rounds.move_to(head)
            self.history.distrust(self._missed_change_seq)
            early, self._early = self._early, []
            for publication in early:
                self.receive(publication)
        self.notice(head)

    def receive(self, publication: Publication) -> None:
        """A publication, in any order and any number of times."""
        if not self.is_open:
            self._receive_early(publication)
        elif publication.seq > self.head:
            self.history.put(publication)
            self.noticed_seq = max(self.noticed_seq, publication.seq)
            self._advance()

    def notice(self, seq: int) -> None:
        """There are events up to ``seq``: they are on their way, or lost."""
        self.noticed_seq = max(self.noticed_seq, seq)
        if self.is_open:
            self._watch_gap()

    def renew(self, head: int, reason: str) -> None:
        """The log is another one now: all start over behind its ``head``."""
        live = self.rounds.live
        waiters = self.history.clear()
        self._stop_watching()
        self._early.clear()
        self._missed_change_seq = 0
        self._repair_until = None
        self.noticed_seq = head
        self.history.known_seq = head
        self.rounds.move_to(head)
        for subscription in live:
            self.lagging.add(subscription)
        self.lagging.reset_all(reason)
        for waiter in waiters:
            waiter(1)

    def close(self) -> None:
        """The last listener left."""
        self.history.clear()
        self._stop_watching()

    def start(self, subscription: Subscription) -> None:
        self.lagging.add(subscription)

    def lag(self, subscription: Subscription) -> None:
        self.rounds.remove(subscription)
        self.lagging.add(subscription)

    def resume(self, subscription: Subscription) -> None:
        if not subscription.is_live:
            self.lagging.resume(subscription)

    def redirect(self, subscription: Subscription, push: Push) -> None:
        is_live = subscription.is_live
        if is_live:
            self.rounds.remove(subscription)
        subscription.push, subscription.pipe = push, None
        if is_live and subscription.seq == self.rounds.seq:
            self.rounds.join(subscription)
        elif is_live:
            self.lagging.add(subscription)

    def leave(self, subscription: Subscription) -> None:
        if subscription.is_live:
            self.rounds.remove(subscription)
        else:
            self.lagging.remove(subscription)

    def _receive_early(self, publication: Publication) -> None:
        """Kept until we know whether it lies before or behind the head that the store is being asked for.

        An edit or a removal for which there is no room still makes its elders untrue.
        """
        self.noticed_seq = max(self.noticed_seq, publication.seq)
        if len(self._early) < MAX_EARLY:
            self._early.append(publication)
        elif publication.name in CHANGES:
            self._missed_change_seq = max(self._missed_change_seq, publication.seq)

    def _advance(self) -> None:
        """Move the head over whatever is here now."""
        head = self.head
        while head < self.noticed_seq and self.history.has(head + 1):
            head += 1
        if head > self.head:
            self.history.known_seq = head
            self._stop_watching()
            self.rounds.advance(head)
        self._watch_gap()

    def _watch_gap(self) -> None:
        if self.noticed_seq > self.head and self._gap_timer is None and self._repair_until is None:
            self._gap_timer = self._core.scheduler.call_later(GAP_PATIENCE_S, self._repair)

    def _stop_watching(self) -> None:
        if self._gap_timer is not None:
            self._gap_timer.cancel()
            self._gap_timer = None

    def _repair(self) -> None:
        """The gap did not close by itself: read it, block after block, once for all who follow the channel."""
        self._gap_timer = None
        self._core.repair_count += 1
        self._repair_until = self.noticed_seq
        self._read_gap()

    def _read_gap(self) -> None:
        self.history.read(self.head, self.noticed_seq, self._gap_read, is_aligned=False)

    def _gap_read(self, first_seq: int) -> None:
        if self.head < first_seq - 1:
            self._skip_to(first_seq - 1)
        self._advance()
        if self._repair_until is not None and self._repair_until > self.head:
            self._read_gap()
        else:
            self._repair_until = None
            self._watch_gap()

    def _skip_to(self, seq: int) -> None:
        """Trimmed before we had read it: readers find that out on their own way, and are told to start over."""
        for subscription in self.rounds.live:
            self.lag(subscription)
        self.history.forget_all()
        self.history.known_seq = seq
        self.noticed_seq = max(self.noticed_seq, seq)
        self.rounds.advance(seq)

    def _post_changed(self, post_id: int, before_seq: int) -> None:
        self.rounds.forget_post(post_id, before_seq)

    def _rounds_advanced(self) -> None:
        self.lagging.wake_ahead()
