"""Frames of several channels for one connection, joined: what comes in the same turn leaves in one write.

A post is an event in its thread and in its forum, and whoever follows both would pay for two writes, at ten times the
cost of joining. Connections that follow one channel never come here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from tertulia_server.hub.frame import Frame
from tertulia_server.hub.ports import Scheduler

MAX_JOINED: Final = 64
"""Different combinations whose joined bytes are shared by the connections of one turn; one frame has at most 64 KiB."""


class Joining(Protocol):
    """A connection that holds frames back until the end of the turn."""

    def flush(self) -> None:
        """Push what is held; nothing happens if that is nothing."""
        ...


class Joiner:
    """One per hub."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiting: list[Joining] = []
        self._joined: dict[tuple[Frame, ...], Frame] = {}

    def add(self, connection: Joining) -> None:
        """Call its `flush` when everything of this turn has been pushed."""
        if not self._waiting:
            self._scheduler.call_soon(self._flush)
        self._waiting.append(connection)

    def join(self, frames: Sequence[Frame]) -> Frame:
        """One frame of these, of one encoding; the same for all who hold the same."""
        if len(frames) == 1:
            return frames[0]
        key = tuple(frames)
        joined = self._joined.get(key)
        if joined is None:
            joined = Frame([payload for frame in frames for payload in frame.payloads], is_text=frames[0].is_text)
            if len(self._joined) < MAX_JOINED:
                self._joined[key] = joined
        return joined

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()
        self._joined.clear()
