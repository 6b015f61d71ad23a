"""The messages of protocol version 1. On the wire each is an array whose first item is `kind`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tertulia_wire.cursors import Cursor


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Follow channels, each from a cursor (resume) or from now (None). Answered by `subscribed` with the same ref."""

    kind: ClassVar[str] = "subscribe"
    ref: int
    items: Sequence[tuple[str, Cursor | None]]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Follow channels no longer. Each is answered by `unsubscribed` with the reason ``asked``."""

    kind: ClassVar[str] = "unsubscribe"
    ref: int
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class SendSignal:
    """A passing notice to the others of a channel that this connection follows."""

    kind: ClassVar[str] = "signal"
    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Is the line alive? Answered by `pong` with the same ref."""

    kind: ClassVar[str] = "ping"
    ref: int


ClientMessage = Subscribe | Unsubscribe | SendSignal | Ping


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of a connection. ``data`` is a `HelloData`."""

    kind: ClassVar[str] = "hello"
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Accepted:
    """One channel of `Subscribed`: events after ``cursor`` follow; caught up when seq >= ``head``."""

    channel: str
    cursor: Cursor
    head: int


@dataclass(frozen=True, slots=True)
class Refused:
    """One channel of `Subscribed` that is not followed. On the wire: [channel, [code, message, retry_after_ms]]."""

    channel: str
    code: int
    message: str
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The answer to `subscribe`: one item for each of its items, in their order."""

    kind: ClassVar[str] = "subscribed"
    ref: int
    items: Sequence[Accepted | Refused]


@dataclass(frozen=True, slots=True)
class Event:
    """A durable change. Within a channel each ``seq`` is one more than the last."""

    kind: ClassVar[str] = "event"
    channel: str
    seq: int
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Signal:
    """A passing notice: no seq, the latest wins, dropped first."""

    kind: ClassVar[str] = "signal"
    channel: str
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reset:
    """Forget what you hold of the channel, read it afresh, and go on from ``cursor``."""

    kind: ClassVar[str] = "reset"
    channel: str
    cursor: Cursor
    reason: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The channel is no longer followed; ``reason``: ``asked``, ``rights``, ``gone``, ..."""

    kind: ClassVar[str] = "unsubscribed"
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class Error:
    """A request, or a message that could not be read, was turned down. ``ref`` is None where none could be read."""

    kind: ClassVar[str] = "error"
    ref: int | None
    code: int
    message: str
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Drain:
    """This server is about to stop: come back (to any worker) after ``after_ms``."""

    kind: ClassVar[str] = "drain"
    after_ms: int


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to `ping`."""

    kind: ClassVar[str] = "pong"
    ref: int


ServerMessage = Hello | Subscribed | Event | Signal | Reset | Unsubscribed | Error | Drain | Pong
Message = ClientMessage | ServerMessage
