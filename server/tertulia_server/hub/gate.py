"""What stands between a change of rights and all that was written after it: nothing passes before the change holds.

Whatever is published or read says up to which change of rights it knows. The hub knows up to which change the
subscriptions were judged anew. What knows more waits here; what was rendered before a thread moved is not believed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

MAX_WAITING: Final = 4096
"""Publications and readings of the log that wait together: some milliseconds of a busy site. Beyond it a publication is
forgotten, as if the broker had lost it."""

CLOSED: Final = -1
"""Of a log that we do not know yet: nothing passes."""


class Gate:
    """``seq``: all changes of rights up to here were applied. ``moved_seq``: the last of them that moved a thread.

    ``on_news`` is called when something comes by that knows more than we do.
    """

    __slots__ = ("_waiting", "moved_seq", "on_news", "seq")

    def __init__(self) -> None:
        self.seq = 0
        self.moved_seq = 0
        self.on_news: Callable[[], None] = _nothing
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()

    @property
    def waiting_count(self) -> int:
        return len(self._waiting)

    def is_ahead(self, seq: int) -> bool:
        """Whether this knows of changes that do not hold here yet."""
        return seq > self.seq

    def is_outdated(self, seq: int) -> bool:
        """Whether a thread has moved since this was rendered: it may tell of what is no longer there."""
        return seq < self.moved_seq

    def wait(self, seq: int, callback: Callable[[], None]) -> bool:
        """Call back once the changes up to ``seq`` hold. False if too much waits already: then it is never called."""
        self.on_news()
        if len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append((seq, callback))
        return True

    def close(self) -> None:
        """Another log: nothing passes until `open_at` says how far its changes of rights were applied."""
        self.seq = CLOSED
        self.moved_seq = 0
        self.on_news()

    def open_at(self, seq: int, *, moved_seq: int = 0) -> None:
        """The changes up to ``seq`` hold from now on; what waited for them goes on, in its order."""
        self.seq = seq
        self.moved_seq = max(self.moved_seq, moved_seq)
        waiting, self._waiting = self._waiting, deque()
        for known_seq, callback in waiting:
            if known_seq > seq:
                self._waiting.append((known_seq, callback))
            else:
                callback()


def _nothing() -> None:
    return None
