"""How far a bot has come in one channel, when threads are handled side by side. Pure.

Events come in order and end in any order. What may be saved is the place below which everything has ended, and what
has ended above it: whoever starts from there handles the rest, and nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from tertulia_wire.cursors import Cursor


class Progress:
    """One channel. ``done_above`` is bounded by the events that may wait or be worked on at the same time."""

    __slots__ = ("_begun", "_waiting", "done_above", "mark")

    def __init__(self, mark: Cursor, done_above: Iterable[int] = ()) -> None:
        self.mark = mark
        """Everything up to here has ended."""
        self.done_above = {seq for seq in done_above if seq > mark.seq}
        self._begun = mark.seq
        self._waiting: dict[int, None] = {}

    def begin(self, seq: int) -> bool:
        """An event came; False if it has ended already, in an earlier life of the bot."""
        if seq <= self.mark.seq:
            return False
        self._begun = max(self._begun, seq)
        if seq in self.done_above:
            self._move()
            return False
        self._waiting[seq] = None
        return True

    def end(self, seq: int) -> None:
        """It needs no more work."""
        if seq in self._waiting:
            is_first = next(iter(self._waiting)) == seq
            del self._waiting[seq]
            if not is_first:  # what waits before it holds the mark
                self.done_above.add(seq)
                return
            self._move()

    def _move(self) -> None:
        first = next(iter(self._waiting), None)
        reached = self._begun if first is None else first - 1
        if reached > self.mark.seq:
            self.mark = Cursor(self.mark.epoch, reached)
            if self.done_above:
                self.done_above = {seq for seq in self.done_above if seq > reached}
