"""The sink: how bytes leave to one socket. One port; `sinks/` has the implementations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tertulia_server.hub.frame import Frame
from tertulia_wire.codec import Encoding


class Pipe(Protocol):
    """The short way into a sink on a raw transport, for rounds: one call of C per socket, and no answer.

    `write` takes what `Frame.websocket_bytes` gives, in order with what is pushed, and is called only while the sink is
    writable: until ``on_full``, and again after ``on_writable``.
    """

    on_full: Callable[[], None]
    """Set by the hub; called at once, within `write` or `push`, when the sink has taken its last bytes for now, and
    when it is closed."""

    def write(self, data: bytes, /) -> None:
        """The transport's own, so that nothing of ours runs between a round and the socket."""
        ...


class Sink(Protocol):
    """Contract suite: ``tests/contract/test_sink.py``."""

    encoding: Encoding
    on_writable: Callable[[], None]
    """Set by the hub; called once when a sink that answered False, or whose pipe was full, can take frames again."""

    @property
    def pipe(self) -> Pipe | None:
        """None where bytes cannot go straight to a transport."""
        ...

    def push(self, frame: Frame) -> bool:
        """Take the frame, synchronously. False: taken, but send no more until `on_writable` is called.

        A closed sink takes and forgets; it answers False.
        """
        ...

    def close(self, code: int, reason: str) -> None:
        """Say good-bye to the peer and let go of the socket; a peer that does not take it is aborted."""
        ...
