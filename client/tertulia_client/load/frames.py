"""The WebSocket frames of one reader, taken apart with as little as that needs.

A server's frames are not masked (RFC 6455 section 5.1), so that a whole message is a slice of what was read.
"""

from __future__ import annotations

from typing import Final

from tertulia_wire.limits import MAX_SERVER_MESSAGE_BYTES

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
_CONTINUED: Final = 0x0
_FINAL: Final = 0x80
_USUAL: Final = bytes([_FINAL | BINARY, 126])
"""How a whole message of 126 to 65,535 bytes begins: most reads are one."""

MAX_CONTROL_BYTES: Final = 125

Taken = tuple[int, bytes]
"""Opcode and payload: a whole message, or a control frame."""


class FrameError(ValueError):
    """What came is no WebSocket frame that a server may send."""


class Frames:
    """Alive as long as its connection; holds what came of a frame or message that is not whole."""

    __slots__ = ("_parts", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._parts: tuple[int, list[bytes]] | None = None

    def take(self, data: bytes) -> list[Taken]:
        """What is whole now. Raises `FrameError`, also for a message beyond the limit of the protocol."""
        if self._rest:
            data = self._rest + data
        elif data[:2] == _USUAL and len(data) == 4 + int.from_bytes(data[2:4], "big") and self._parts is None:
            return [(BINARY, data[4:])]
        taken: list[Taken] = []
        place = 0
        while (span := _span(data, place)) is not None:
            begin, end = span
            first, payload = data[place], data[begin:end]
            place = end
            if first == _FINAL | BINARY and self._parts is None:
                taken.append((BINARY, payload))
            elif (whole := self._fit(first, payload)) is not None:
                taken.append(whole)
        self._rest = data[place:] if place < len(data) else b""
        return taken

    def _fit(self, first: int, payload: bytes) -> Taken | None:
        """Anything but a whole binary message."""
        opcode, is_final = first & 0x0F, bool(first & _FINAL)
        if first & 0x70:
            raise FrameError("reserved bits are set")
        if opcode >= CLOSE:
            if opcode > PONG or not is_final or len(payload) > MAX_CONTROL_BYTES:
                raise FrameError("a control frame is malformed")
            return opcode, payload
        if (opcode == _CONTINUED) is (self._parts is None) or opcode > BINARY:
            raise FrameError("a frame does not go on where the last one ended")
        kind, parts = self._parts or (opcode, [])
        parts.append(payload)
        if sum(map(len, parts)) > MAX_SERVER_MESSAGE_BYTES:
            raise FrameError("a message is too long")
        self._parts = None if is_final else (kind, parts)
        return (kind, b"".join(parts)) if is_final else None


def frame_end(data: bytes, place: int) -> int | None:
    """Where the frame that begins at that place ends; None if it is not whole. `FrameError` for what is none."""
    span = _span(data, place)
    return None if span is None else span[1]


def _span(data: bytes, place: int) -> tuple[int, int] | None:
    """Where the payload of the frame at that place begins and ends; None if it is not whole."""
    size = len(data)
    if size - place < 2:
        return None
    length = data[place + 1]
    begin = place + 2
    if length >= 126:
        if length & 0x80:
            raise FrameError("a server's frame is masked")
        begin += 2 if length == 126 else 8
        if begin > size:
            return None
        length = int.from_bytes(data[place + 2 : begin], "big")
        if length > MAX_SERVER_MESSAGE_BYTES:
            raise FrameError("a message is too long")
    end = begin + length
    return (begin, end) if end <= size else None
