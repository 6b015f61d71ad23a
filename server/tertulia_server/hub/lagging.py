"""Lagging subscriptions: each reads the log from its own place, as fast as its sink drains, until it is live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tertulia_server.hub.core import Core
from tertulia_server.hub.frame import Frame
from tertulia_server.hub.history import History
from tertulia_server.hub.rounds import Rounds
from tertulia_server.hub.subscription import Subscription
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.cursors import RESET_TRIMMED, Cursor
from tertulia_wire.messages import Reset

ENCODINGS: Final = (Encoding.MSGPACK, Encoding.JSON)


class Lagging:
    """The lagging subscriptions of one channel.

    Each of them is at any time in one of four places: in the queue of turns, waiting for a block of the log, waiting
    for its sink (which calls `resume`), or ahead of the rounds (a cursor from a worker that heard more than we did).
    """

    __slots__ = ("_ahead", "_core", "_history", "_name", "_rounds", "_subscriptions")

    def __init__(self, core: Core, name: str, history: History, rounds: Rounds) -> None:
        self._core = core
        self._name = name
        self._history = history
        self._rounds = rounds
        self._subscriptions: dict[Subscription, None] = {}
        self._ahead: dict[Subscription, None] = {}

    def __len__(self) -> int:
        return len(self._subscriptions)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._subscriptions))

    def add(self, subscription: Subscription) -> None:
        """Take over a subscription that is not live."""
        if subscription not in self._subscriptions:
            self._subscriptions[subscription] = None
            self._core.figures.lagging_count += 1
        self.resume(subscription)

    def remove(self, subscription: Subscription) -> None:
        if subscription in self._subscriptions:
            del self._subscriptions[subscription]
            self._core.figures.lagging_count -= 1

    def resume(self, subscription: Subscription) -> None:
        """Give it a turn, unless it has one already."""
        if not subscription.is_queued:
            subscription.is_queued = True
            self._core.turns.add(lambda: self._take_turn(subscription))

    def reset_all(self, reason: str) -> None:
        """Another log: all start over."""
        for subscription in self._subscriptions:
            subscription.reset_reason = reason
            self.resume(subscription)

    def wake_ahead(self) -> None:
        """The rounds moved: those who were ahead may be level now."""
        if self._ahead:
            waiting, self._ahead = self._ahead, {}
            for subscription in waiting:
                self.resume(subscription)

    def _take_turn(self, subscription: Subscription) -> None:
        subscription.is_queued = False
        if subscription not in self._subscriptions or not subscription.outlet.is_writable:
            return
        if subscription.reset_reason is not None:
            self._push(subscription, self._reset_frame(subscription, subscription.reset_reason), self._rounds.seq)
        elif subscription.seq == self._rounds.seq:
            self.remove(subscription)
            self._rounds.join(subscription)
        elif subscription.seq > self._rounds.seq:
            self._ahead[subscription] = None
        else:
            self._advance(subscription)

    def _advance(self, subscription: Subscription) -> None:
        until = self._rounds.seq
        run = self._history.block_run(subscription.seq, until, is_text=subscription.is_text)
        if run is None:
            self._history.read(subscription.seq, until, lambda first_seq: self._read_done(subscription, first_seq))
            return
        seq, frame = run
        figures = self._core.figures
        figures.delivery_count += len(frame.payloads)
        figures.pushed_bytes += frame.payload_bytes
        self._push(subscription, frame, seq)

    def _push(self, subscription: Subscription, frame: Frame, seq: int) -> None:
        subscription.seq = seq
        if subscription.push(frame):
            self.resume(subscription)
        else:
            subscription.outlet.stall()

    def _reset_frame(self, subscription: Subscription, reason: str) -> Frame:
        subscription.reset_reason = None
        cursor = Cursor(self._core.epoch, self._rounds.seq)
        payload = encode(Reset(self._name, cursor, reason), ENCODINGS[subscription.is_text])
        return Frame([payload], is_text=subscription.is_text)

    def _read_done(self, subscription: Subscription, first_seq: int) -> None:
        if subscription.seq < first_seq - 1 and subscription.reset_reason is None:
            subscription.reset_reason = RESET_TRIMMED
        self.resume(subscription)
