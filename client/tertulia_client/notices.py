"""What the protocol tells its user, in the order in which it happened.

An *event* is a durable change in a channel; these are notices, of which `EventReceived` is the one that carries events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tertulia_client.errors import FollowRefused, sentence_of
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor


@dataclass(frozen=True, slots=True)
class Greeted:
    """A connection stands and the server has said who it is: ``server``, ``protocol``, ``member``, ..."""

    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventReceived:
    """The next event of a channel. ``cursor`` is the place after it: resume from there."""

    channel: str
    seq: int
    name: str
    data: Mapping[str, Any]
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class SignalReceived:
    """A passing notice in a channel."""

    channel: str
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChannelLive:
    """The channel has caught up with what the server had when it was subscribed; ``cursor`` is the place."""

    channel: str
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class ChannelReset:
    """What was held of the channel no longer holds: read it afresh; events after ``cursor`` follow."""

    channel: str
    cursor: Cursor
    reason: str


@dataclass(frozen=True, slots=True)
class ChannelEnded:
    """The channel is no longer followed, and trying again would not help.

    ``code`` is the refusal's number (it may be newer than this release), or None when the server ended the
    subscription and gave only a ``reason``. ``cursor`` is how far it was followed, if at all.
    """

    channel: str
    reason: str
    code: int | None = None
    cursor: Cursor | None = None

    def as_error(self) -> FollowRefused:
        """The same for those who follow nothing else."""
        if self.code is None:
            sentence = f"{self.channel} is no longer open to us ({self.reason})."
            return FollowRefused(Code.FORBIDDEN, sentence, self.channel)
        return FollowRefused(self.code, f"{self.channel}: {self.reason or sentence_of(self.code)}", self.channel)


@dataclass(frozen=True, slots=True)
class ChannelDelayed:
    """The channel cannot be followed just now; it is asked for again after ``retry_s``."""

    channel: str
    code: int
    reason: str
    retry_s: float


@dataclass(frozen=True, slots=True)
class HoleFound:
    """The server left out events (it never should): the channel is subscribed again from its cursor."""

    channel: str
    expected_seq: int
    received_seq: int


@dataclass(frozen=True, slots=True)
class ErrorReceived:
    """An error that belongs to no subscription of ours."""

    code: int
    message: str
    retry_after_ms: int | None


@dataclass(frozen=True, slots=True)
class DrainAnnounced:
    """The server is about to stop; the connection is made anew after ``after_ms``."""

    after_ms: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone; the next try is after ``retry_s`` (filled in by whoever reconnects)."""

    reason: str
    retry_s: float


Notice = (
    Greeted
    | EventReceived
    | SignalReceived
    | ChannelLive
    | ChannelReset
    | ChannelEnded
    | ChannelDelayed
    | HoleFound
    | ErrorReceived
    | DrainAnnounced
    | Disconnected
)
