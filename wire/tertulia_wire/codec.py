"""Messages to bytes and back, in both encodings.

Whatever bytes come in, decoding answers with a message or raises `DecodeError`, within bounds of time and memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import msgpack

from tertulia_wire import limits
from tertulia_wire.codes import Code
from tertulia_wire.errors import DecodeError
from tertulia_wire.messages import (
    ClientMessage,
    Message,
    ServerMessage,
)
from tertulia_wire.shapes import parse_client_message, parse_server_message, to_array


class Encoding(Enum):
    """How messages travel; the value is the WebSocket subprotocol."""

    MSGPACK = "tertulia.v1.msgpack"
    JSON = "tertulia.v1.json"

    @property
    def is_text(self) -> bool:
        """Whether its messages are WebSocket text frames."""
        return self is Encoding.JSON


def choose_encoding(offered: Sequence[str]) -> Encoding | None:
    """The first offered subprotocol that is ours, or None."""
    known = {encoding.value: encoding for encoding in Encoding}
    return next((known[name] for name in offered if name in known), None)


def encode(message: Message, encoding: Encoding) -> bytes:
    """One message as the payload of one WebSocket message (JSON: UTF-8)."""
    return encode_value(to_array(message), encoding)


def encode_value(value: Sequence[Any] | Mapping[str, Any], encoding: Encoding) -> bytes:
    """A plain value in the same encoding."""
    if encoding is Encoding.MSGPACK:
        packed: bytes = msgpack.packb(value)
        return packed
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def transcode(payload: bytes, encoding: Encoding) -> bytes:
    """A message of ours in msgpack as ``encoding``; used once per event for all JSON readers."""
    if encoding is Encoding.MSGPACK:
        return payload
    return encode_value(msgpack.unpackb(payload, strict_map_key=False), encoding)


def decode_client_message(data: bytes | str, encoding: Encoding) -> ClientMessage:
    """What a server received; `DecodeError` for anything that is not a message from a client."""
    return parse_client_message(_decode_value(data, encoding, limits.MAX_CLIENT_MESSAGE_BYTES))


def decode_server_message(data: bytes | str, encoding: Encoding) -> ServerMessage:
    """What a client received; an unknown kind is `DecodeError` with ``UNKNOWN_KIND``: ignore it."""
    return parse_server_message(_decode_value(data, encoding, limits.MAX_SERVER_MESSAGE_BYTES))


def _decode_value(data: bytes | str, encoding: Encoding, max_bytes: int) -> Any:
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)
    if len(raw) > max_bytes:
        raise DecodeError(Code.TOO_LARGE, f"A message may take {max_bytes} bytes.")
    if isinstance(data, str) is not encoding.is_text:
        raise DecodeError(Code.MALFORMED, "msgpack travels in binary frames, JSON in text frames.")
    try:
        if encoding is Encoding.MSGPACK:
            value = msgpack.unpackb(raw, max_array_len=4096, max_map_len=1024, max_ext_len=0)
        else:
            value = json.loads(raw)
    except (ValueError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise DecodeError(Code.MALFORMED) from error
    _check_depth(value, limits.MAX_DEPTH_LEVELS)
    return value


def _check_depth(value: Any, levels: int) -> None:
    if not isinstance(value, list | dict):
        return
    if levels == 0:
        raise DecodeError(Code.MALFORMED, f"Values may nest {limits.MAX_DEPTH_LEVELS} levels deep.")
    for item in value.values() if isinstance(value, dict) else value:
        _check_depth(item, levels - 1)
