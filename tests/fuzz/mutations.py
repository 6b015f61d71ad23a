"""Bytes for fuzzing: valid messages, then the same with a few wounds, then noise. All from one seeded source."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import msgpack

from tertulia_wire.codec import Encoding, encode
from tertulia_wire.examples import CLIENT_EXAMPLES, EVENT_EXAMPLES, SERVER_EXAMPLES, event_example

MESSAGES = (*CLIENT_EXAMPLES, *SERVER_EXAMPLES, *map(event_example, EVENT_EXAMPLES))
# fmt: off
TOKENS = [b"", b"\x00", b"\xff", b"\xc0", b"\xc1", b"\xdc\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff",
          b"\xc7\x00\x05", b"\xd6\xff\x00\x00\x00\x00", b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", b"\xed\xa0\x80",
          b"\x91" * 40, b"NaN", b"1e999", b"[", b"{", b'"', b"\\ud800", b"9" * 30, b"-0", b"null", b"true",
          b"[" * 40]
# fmt: on
LEAVES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**53,
    2**63,
    1.5,
    "",
    "site",
    "thread:17",
    "\x00",
    "é😀",
    "x" * 600,
    "k3v9q2x7",
    [],
    {},
]  # fmt: skip


def random_value(source: random.Random, levels: int = 4) -> Any:
    """A plain value, most of them small."""
    if levels == 0 or source.random() < 0.4:
        return source.choice(LEAVES)
    size = source.choice([0, 1, 2, 2, 3, 5])
    if source.random() < 0.7:
        return [random_value(source, levels - 1) for _ in range(size)]
    return {str(source.choice(LEAVES)): random_value(source, levels - 1) for _ in range(size)}


def pack(value: Any, encoding: Encoding) -> bytes:
    """The value as a peer might send it that knows no limits."""
    if encoding is Encoding.MSGPACK:
        packed: bytes = msgpack.packb(value)
        return packed
    return json.dumps(value).encode()


def _valid(source: random.Random, encoding: Encoding) -> bytes:
    return encode(source.choice(MESSAGES), encoding)


def _shuffled(source: random.Random, encoding: Encoding) -> bytes:
    """A known kind before fields that may be anything."""
    fields = [random_value(source) for _ in range(source.randrange(6))]
    return pack([source.choice(MESSAGES).kind, *fields], encoding)


def _value(source: random.Random, encoding: Encoding) -> bytes:
    return pack(random_value(source), encoding)


def _noise(source: random.Random, _encoding: Encoding) -> bytes:
    return source.randbytes(source.choice([0, 1, 2, 5, 20, 300]))


def _tokens(source: random.Random, _encoding: Encoding) -> bytes:
    return b"".join(source.choices(TOKENS, k=source.randrange(1, 30)))


ORIGINS: list[Callable[[random.Random, Encoding], bytes]] = [_valid, _valid, _shuffled, _value, _noise, _tokens]


def wound(source: random.Random, chunk: bytes) -> bytes:
    """The chunk with one change: a byte, a bit, a cut, a repetition, a token put in."""
    place = source.randrange(len(chunk) + 1)
    end = min(len(chunk), place + source.choice([1, 1, 2, 8, 64]))
    match source.randrange(5):
        case 0:
            return chunk[:place] + source.randbytes(end - place) + chunk[end:]
        case 1:
            return chunk[:place] + bytes(byte ^ (1 << source.randrange(8)) for byte in chunk[place:end]) + chunk[end:]
        case 2:
            return chunk[:place] + chunk[end:]
        case 3:
            return chunk[:end] + chunk[place:end] * source.choice([1, 2, 50]) + chunk[end:]
        case _:
            return chunk[:place] + source.choice(TOKENS) + chunk[place:]


def chunks(source: random.Random, encoding: Encoding) -> list[bytes]:
    """One chunk, then the same with more and more wounds."""
    chunk = source.choice(ORIGINS)(source, encoding)
    result = [chunk]
    for _ in range(4):
        chunk = wound(source, chunk)
        result.append(chunk)
    return result


def as_frame(chunk: bytes, encoding: Encoding) -> bytes | str:
    """What a WebSocket library hands over: it lets only UTF-8 through as text."""
    return chunk.decode("utf-8", "replace") if encoding.is_text else chunk
