"""A frame: one or more messages of one encoding, built once and pushed to many sockets."""

from __future__ import annotations

from collections.abc import Sequence


class Frame:
    """Shared, immutable; ``payload_bytes`` is the size of all its payloads.

    ``payloads`` are for sinks that frame for themselves, `websocket_bytes` for raw transports; ``joined_bytes`` are the
    latter once somebody has asked for them: a property costs a call, and thousands ask.
    """

    __slots__ = ("is_text", "joined_bytes", "payload_bytes", "payloads")

    def __init__(self, payloads: Sequence[bytes], *, is_text: bool) -> None:
        self.payloads = tuple(payloads)
        self.is_text = is_text
        self.payload_bytes = sum(map(len, self.payloads))
        self.joined_bytes: bytes | None = None

    @property
    def websocket_bytes(self) -> bytes:
        """All payloads as unmasked, final WebSocket frames (RFC 6455 section 5.2), joined; built at first use."""
        if self.joined_bytes is None:
            first = 0x81 if self.is_text else 0x82
            self.joined_bytes = b"".join(_header(first, len(payload)) + payload for payload in self.payloads)
        return self.joined_bytes


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
