"""What an adapter is: how one connection talks to another server, with no input or output of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

Words = str | bytes
"""What is sent: text or binary, as one WebSocket message."""


@dataclass(frozen=True, slots=True)
class Say:
    """To be sent now."""

    words: Words


@dataclass(frozen=True, slots=True)
class Subscribed:
    """From here on the server sends what is published in the channel. Comes once."""


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody published, in the bytes in which they did."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The server does not want us; a sentence."""

    sentence: str


Heard = Say | Subscribed | Message | Refused


class Adapter:
    """One of these is made for each connection. Override what differs; `parse` and `publish` always do.

    A message's body is text of the generator's own (JSON on one line). ``channel`` is a name like ``thread:1``.
    """

    path: ClassVar[str] = "/"
    """Of the WebSocket, with its query; behind the path of ``--url``."""

    subprotocol: ClassVar[str | None] = None

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def begin(self) -> Iterable[Heard]:
        """When the WebSocket stands: what to say first; `Subscribed` where nothing need be said."""
        return ()

    def parse(self, payload: bytes) -> Iterable[Heard]:
        """One WebSocket message of the server, text or binary: what is in it."""
        raise NotImplementedError

    def publish(self, body: str) -> Sequence[Words]:
        """What to send so that everybody in the channel gets this body; only after `Subscribed`."""
        raise NotImplementedError
