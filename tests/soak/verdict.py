"""What the checker finds, and what it holds it against."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """How the promise was broken; the value is the column of the table."""

    MISSING = "missing"
    DUPLICATE = "duplicate"
    DISORDER = "out of order"
    LOST = "lost after 201"
    UNTRUE = "untrue"
    """Something that no fresh reader would see: another event at that seq, an older state, a text that was removed."""


class Violation(NamedTuple):
    """One broken sentence. ``at_ms`` says when, as near as it is known, for the fault that was at work then."""

    kind: Kind
    at_ms: int
    channel: str
    seq: int
    words: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.channel} event {self.seq} at {self.at_ms / 1000:.3f} s: {self.words}"


class LoggedEvent(NamedTuple):
    """One event of a channel's log as a fresh reader gets it. ``key_hash`` is "" where there is none."""

    seq: int
    name: str
    post_id: int
    key_hash: str


class ReadPost(NamedTuple):
    """A post as a fresh reader gets it."""

    thread_channel: str
    number: int
    version: int
    is_removed: bool
    token: str


@dataclass
class Truth:
    """A fresh read of everything, after the end: each channel's log in its order, and each post by id."""

    logs: dict[str, list[LoggedEvent]] = field(default_factory=dict)
    posts: dict[int, ReadPost] = field(default_factory=dict)

    def head(self, channel: str) -> int:
        log = self.logs.get(channel)
        return log[-1].seq if log else 0
