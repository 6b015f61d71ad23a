"""What waits for Redis, bounded in parcels and in bytes. The oldest goes first when it is full.

A parcel that had to wait is worth the less the older it is: the sweeps of the other workers have found its event.
"""

from __future__ import annotations

from collections import deque
from typing import Final

MAX_PARCELS: Final = 10_000
MAX_BYTES: Final = 16 * 1024 * 1024


class Outbox:
    """A queue of commands, ready to be written; ``dropped_count`` counts those that never will be."""

    def __init__(self, *, max_parcels: int = MAX_PARCELS, max_bytes: int = MAX_BYTES) -> None:
        self._max_parcels = max_parcels
        self._max_bytes = max_bytes
        self._commands: deque[bytes] = deque()
        self.size_bytes = 0
        self.dropped_count = 0

    def __len__(self) -> int:
        return len(self._commands)

    def put(self, command: bytes) -> None:
        self._commands.append(command)
        self.size_bytes += len(command)
        while len(self._commands) > self._max_parcels or self.size_bytes > self._max_bytes:
            self.size_bytes -= len(self._commands.popleft())
            self.dropped_count += 1

    def take(self, count: int, size_bytes: int) -> list[bytes]:
        """The oldest: at most ``count``, and no more after those that make ``size_bytes``."""
        if count >= len(self._commands) and size_bytes >= self.size_bytes:
            taken = list(self._commands)
            self._commands.clear()
            self.size_bytes = 0
            return taken
        taken, taken_bytes = [], 0
        while self._commands and len(taken) < count and taken_bytes < size_bytes:
            taken.append(command := self._commands.popleft())
            taken_bytes += len(command)
        self.size_bytes -= taken_bytes
        return taken

    def drop_all(self) -> None:
        self.dropped_count += len(self._commands)
        self._commands.clear()
        self.size_bytes = 0
