"""The sink: how bytes leave to one socket. One port; `sinks/` has the implementations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tertulia_server.hub.frame import Frame
from tertulia_wire.codec import Encoding


class Sink(Protocol):
    """Contract suite: ``tests/contract/test_sink.py``."""

    encoding: Encoding
    on_writable: Callable[[], None]
    """Set by the hub; called once when a sink that answered False can take frames again."""

    def push(self, frame: Frame) -> bool:
        """Take the frame, synchronously. False: taken, but send no more until `on_writable` is called.

        A closed sink takes and forgets; it answers False.
        """
        ...

    def close(self, code: int, reason: str) -> None:
        """Say good-bye to the peer and let go of the socket; a peer that does not take it is aborted."""
        ...
