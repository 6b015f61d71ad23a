"""The handshake of a WebSocket as nearly everybody sends it, read and answered without objects in between.

RFC 6455 section 4.2. Whatever is in any way unusual is left to the `websockets` library, which knows what to say to it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha1
from typing import Final, NamedTuple

MAX_HEADERS: Final = 128
MAX_LINE_BYTES: Final = 8000
"""A handshake within these is one that `websockets` takes too (its ``MAX_NUM_HEADERS`` and ``MAX_LINE_LENGTH``)."""

BODY_HEADERS: Final = frozenset({b"content-length", b"transfer-encoding"})

PLAIN: Final = re.compile(rb"[\t\x20-\x7e]*")
"""Values of headers without anything that the library would not keep."""

RawHeaders = Sequence[tuple[bytes, bytes]]

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Section 1.3."""

_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")
_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_TOKENS: Final = re.compile(rb"%s(?: *, *%s)*" % (_TOKEN, _TOKEN))
_LINES: Final = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
_ONCE: Final = frozenset(
    {b"connection", b"upgrade", b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-protocol"}
)


class Handshake(NamedTuple):
    """What the answer needs: the client's key, and the subprotocols that it offers, in its order."""

    key: bytes
    subprotocols: list[str]


def read_handshake(method: str, target: bytes, headers: RawHeaders) -> Handshake | None:
    """The handshake in a request of HTTP/1.1 with names in lower case; None for one that `websockets` should judge."""
    if method != "GET" or len(headers) > MAX_HEADERS or len(target) > MAX_LINE_BYTES or not target.isascii():
        return None
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in BODY_HEADERS or len(name) + len(value) > MAX_LINE_BYTES or PLAIN.fullmatch(value) is None:
            return None
        if name in _ONCE:
            if name in found:
                return None
            found[name] = value
    return _read(found)


def accept(handshake: Handshake, subprotocol: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """The answer that opens the connection, with these headers more."""
    proof = b64encode(sha1(handshake.key + _GUID, usedforsecurity=False).digest())
    more = b"".join(b"%s: %s\r\n" % header for header in headers)
    own = b"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n" % (proof, subprotocol.encode("ascii"))
    return _LINES + more + own


def _read(found: dict[bytes, bytes]) -> Handshake | None:
    offered, key = found.get(b"sec-websocket-protocol", b""), found.get(b"sec-websocket-key", b"")
    if found.get(b"upgrade", b"").lower() != b"websocket" or found.get(b"sec-websocket-version") != b"13":
        return None
    if _TOKENS.fullmatch(offered) is None or _KEY.fullmatch(key) is None:
        return None
    connection = found.get(b"connection", b"").lower()
    if connection != b"upgrade" and (_TOKENS.fullmatch(connection) is None or b"upgrade" not in _split(connection)):
        return None
    return Handshake(key, [token.decode("ascii") for token in _split(offered)])


def _split(tokens: bytes) -> list[bytes]:
    return [token.strip() for token in tokens.split(b",")]
