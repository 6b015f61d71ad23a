"""Live subscriptions of one channel that are served alike: each is called with the very same bytes, and that is all.

Whatever else a round has to know about them is settled when somebody leaves, which is seldom, and not when they are
served, which is always: thousands of objects more to look at are a tenth of what a delivery costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tertulia_server.hub.frame import Frame
from tertulia_server.hub.subscription import Subscription


class Row:
    """``_calls[n]`` serves ``_members[n]``, whose place is n.

    Whoever leaves is replaced by the last one. While a round is under way that would carry somebody past it, so then
    the place stays empty until the round is over.
    """

    __slots__ = ("_at", "_calls", "_empty", "_end", "_load", "_members", "_missed_count", "is_piped", "is_text")

    def __init__(self, *, is_text: bool, is_piped: bool) -> None:
        self.is_text = is_text
        self.is_piped = is_piped
        self._calls: list[Callable[[Any], object]] = []
        self._members: list[Subscription] = []
        self._empty: list[int] = []
        self._missed_count = 0
        self._load: bytes | Frame = b""
        self._at = -1
        self._end = 0

    def __len__(self) -> int:
        return len(self._members) - len(self._empty)

    @property
    def members(self) -> Sequence[Subscription]:
        return self._members_from(0, len(self._members)) if self._empty else self._members

    def suits(self, subscription: Subscription) -> bool:
        return self.is_text == subscription.is_text and self.is_piped == (subscription.pipe is not None)

    def add(self, subscription: Subscription) -> None:
        """A round under way does not come to it."""
        subscription.place = len(self._members)
        self._members.append(subscription)
        self._calls.append(subscription.pipe or subscription.offer)

    def remove(self, subscription: Subscription) -> None:
        """A round under way passes it over."""
        place, subscription.place = subscription.place, -1
        if self._end:
            self._missed_count += self._at < place < self._end
            self._calls[place] = _pass_over
            self._empty.append(place)
        else:
            self._fill(place)

    def begin(self, frame: Frame) -> None:
        """A round with this frame, for all who are here now."""
        self._load = frame.websocket_bytes if self.is_piped else frame
        self._at, self._end, self._missed_count = -1, len(self._calls), 0

    def serve(self, most: int) -> int:
        """Call the next ones, at most so many; how many it were.

        They are noted as served before that: whoever leaves within these calls does so because its own sink is full.
        Taken out of the list together, they are near the processor before the first is called.
        """
        load, first = self._load, self._at + 1
        calls = self._calls[first : min(first + most, self._end)]
        self._at += len(calls)
        for call in calls:
            call(load)
        return len(calls)

    def end(self) -> None:
        """The round is over, or not wanted any more."""
        self._load, self._at, self._end = b"", -1, 0
        for place in sorted(self._empty, reverse=True):
            self._fill(place)
        self._empty.clear()

    def is_waiting(self, subscription: Subscription) -> bool:
        """Whether the round under way still comes to it."""
        return self._at < subscription.place < self._end

    @property
    def waiting(self) -> Sequence[Subscription]:
        """Those to whom the round under way still comes."""
        return self._members_from(self._at + 1, self._end)

    @property
    def served_count(self) -> int:
        """At the end of a round: to how many it came."""
        return self._end - self._missed_count

    def _members_from(self, first: int, end: int) -> Sequence[Subscription]:
        return [member for place, member in enumerate(self._members[first:end], first) if member.place == place]

    def _fill(self, place: int) -> None:
        """With the last one, who may be the one that left."""
        last, call = self._members.pop(), self._calls.pop()
        if place < len(self._members):
            self._members[place], self._calls[place] = last, call
            last.place = place


def _pass_over(load: bytes | Frame) -> None:
    del load
