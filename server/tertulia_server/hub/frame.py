"""A frame: one or more messages of one encoding, built once and pushed to many sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tertulia_wire.codec import Encoding, encode
from tertulia_wire.messages import Signal


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


class SignalFrames:
    """A signal in the encodings that somebody has asked for."""

    __slots__ = ("_frames", "_signal")

    def __init__(self, channel: str, name: str, data: Mapping[str, Any]) -> None:
        self._signal = Signal(channel, name, {**data})
        self._frames: dict[bool, Frame] = {}

    def of(self, *, is_text: bool) -> Frame:
        """Built at first use."""
        frame = self._frames.get(is_text)
        if frame is None:
            payload = encode(self._signal, Encoding.JSON if is_text else Encoding.MSGPACK)
            frame = self._frames[is_text] = Frame([payload], is_text=is_text)
        return frame


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
