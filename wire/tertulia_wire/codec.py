"""Messages to bytes and back, in both encodings.

Whatever bytes come in, decoding answers with a message or raises `DecodeError`, within bounds of time and memory.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NoReturn

import msgpack

from tertulia_wire import limits
from tertulia_wire.codes import Code
from tertulia_wire.errors import DecodeError
from tertulia_wire.messages import ClientMessage, Message, ServerMessage
from tertulia_wire.shapes import parse_client_message, parse_server_message, to_array
from tertulia_wire.values import check_plain, refuse, unique_map


class Encoding(Enum):
    """How messages travel; the value is the WebSocket subprotocol."""

    MSGPACK = "tertulia.v1.msgpack"
    JSON = "tertulia.v1.json"

    @property
    def is_text(self) -> bool:
        """Whether its messages are WebSocket text frames."""
        return self is Encoding.JSON


_BY_SUBPROTOCOL = {encoding.value: encoding for encoding in Encoding}


def choose_encoding(offered: Sequence[str]) -> Encoding | None:
    """The first offered subprotocol that is ours, or None."""
    return next((_BY_SUBPROTOCOL[name] for name in offered if name in _BY_SUBPROTOCOL), None)


def encode(message: Message, encoding: Encoding) -> bytes:
    """One message as the payload of one WebSocket message (JSON: UTF-8)."""
    return encode_value(to_array(message), encoding)


def encode_value(value: Sequence[Any] | Mapping[str, Any], encoding: Encoding) -> bytes:
    """A plain value in the same encoding. What is not plain raises `TypeError`, `ValueError` or `OverflowError`."""
    if encoding is Encoding.MSGPACK:
        packed: bytes = _PACKER.pack(value)
        return packed
    return _JSON_ENCODER.encode(value).encode()


def transcode(payload: bytes, encoding: Encoding) -> bytes:
    """A message of ours in msgpack as ``encoding``; used once per event for all JSON readers.

    `DecodeError` for bytes that are no plain value: a broker may hand us anything.
    """
    if encoding is Encoding.MSGPACK:
        return payload
    return encode_value(_decode_value(payload, Encoding.MSGPACK, limits.MAX_SERVER_MESSAGE_BYTES), encoding)


def decode_client_message(data: bytes | str, encoding: Encoding) -> ClientMessage:
    """What a server received; `DecodeError` for anything that is not a message from a client."""
    return parse_client_message(_decode_value(data, encoding, limits.MAX_CLIENT_MESSAGE_BYTES))


def decode_server_message(data: bytes | str, encoding: Encoding) -> ServerMessage:
    """What a client received; an unknown kind is `DecodeError` with ``UNKNOWN_KIND``: ignore it."""
    return parse_server_message(_decode_value(data, encoding, limits.MAX_SERVER_MESSAGE_BYTES))


def _decode_value(data: bytes | str, encoding: Encoding, max_bytes: int) -> Any:
    if isinstance(data, str) is not encoding.is_text:
        refuse("msgpack travels in binary frames, JSON in text frames.")
    if _exceeds(data, max_bytes):
        raise DecodeError(Code.TOO_LARGE, f"A message may take {max_bytes} bytes.")
    try:
        value = _JSON_DECODER.decode(data) if isinstance(data, str) else _unpack(data)
    except (ValueError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise DecodeError(Code.MALFORMED) from error
    check_plain(value)
    return value


def _exceeds(data: bytes | str, max_bytes: int) -> bool:
    if len(data) > max_bytes:
        return True
    return isinstance(data, str) and not data.isascii() and len(data.encode("utf-8", "surrogatepass")) > max_bytes


def _unpack(data: bytes) -> Any:
    """The unpacker makes room for as many items as a header claims, and nests up to 1,024 of them: the limit on the
    claim bounds that to a few MiB. An extension has a limit of 0 bytes, an empty one reaches `_refuse_extension`.
    """
    return msgpack.unpackb(
        data,
        max_array_len=limits.MAX_ARRAY_ITEMS,
        max_map_len=limits.MAX_MAP_ITEMS,
        max_bin_len=0,
        max_ext_len=0,
        ext_hook=_refuse_extension,
        object_pairs_hook=unique_map,
    )


def _refuse_extension(_code: int, _data: bytes) -> NoReturn:
    refuse("Binary data and extension types have no place in a message.")


def _refuse_constant(_name: str) -> NoReturn:
    refuse("Numbers are finite.")


class _Packer(threading.local):
    """One for each thread: a new one, with its buffer, costs as much as packing an event."""

    def __init__(self) -> None:
        self.pack = msgpack.Packer().pack


_PACKER = _Packer()
_JSON_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_JSON_DECODER = json.JSONDecoder(object_pairs_hook=unique_map, parse_constant=_refuse_constant)
