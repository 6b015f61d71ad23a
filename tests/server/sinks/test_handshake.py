"""What is read quickly is what `websockets` takes, and is answered as it would answer."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol

from tertulia_server.sinks.handshake import MAX_HEADERS, MAX_LINE_BYTES, accept, read_handshake

KEY: Final = b"dGhlIHNhbXBsZSBub25jZQ=="
PLAIN: Final = {
    b"host": b"forum.test",
    b"connection": b"Upgrade",
    b"upgrade": b"websocket",
    b"sec-websocket-version": b"13",
    b"sec-websocket-key": KEY,
    b"sec-websocket-protocol": b"tertulia.v1.msgpack",
}

Pairs = list[tuple[bytes, bytes]]


def with_header(name: bytes, value: bytes) -> Pairs:
    return list({**PLAIN, name: value}.items())


def test_answer_is_that_of_the_rfc() -> None:
    """Section 1.3 gives this key and its proof."""
    handshake = read_handshake("GET", b"/live", list(PLAIN.items()))
    assert handshake is not None
    assert handshake.subprotocols == ["tertulia.v1.msgpack"]
    lines = accept(handshake, "tertulia.v1.msgpack", [(b"date", b"today")]).split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 101 Switching Protocols"
    assert set(lines[1:-2]) == {
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"date: today",
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        b"Sec-WebSocket-Protocol: tertulia.v1.msgpack",
    }
    assert lines[-2:] == [b"", b""]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"connection", b"keep-alive, Upgrade"),
        (b"upgrade", b"WebSocket"),
        (b"sec-websocket-protocol", b"other, tertulia.v1.json"),
        (b"sec-websocket-extensions", b"permessage-deflate; client_max_window_bits"),
    ],
)
def test_what_browsers_send_is_read(name: bytes, value: bytes) -> None:
    assert read_handshake("GET", b"/live?a=1", with_header(name, value)) is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"connection", b"close"),
        (b"connection", b"x-upgrade"),
        (b"upgrade", b"h2c"),
        (b"upgrade", b"websocket, h2c"),
        (b"sec-websocket-version", b"8"),
        (b"sec-websocket-key", KEY[:-1]),
        (b"sec-websocket-key", b"!" + KEY[1:]),
        (b"sec-websocket-key", b""),
        (b"sec-websocket-protocol", b""),
        (b"sec-websocket-protocol", b"a,,b"),
        (b"sec-websocket-protocol", b"a\r\nx: y"),
        (b"content-length", b"0"),
        (b"x", "é".encode()),
        (b"x", b"\x01"),
        (b"x", b"y" * MAX_LINE_BYTES),
    ],
)
def test_what_is_unusual_is_left_to_the_library(name: bytes, value: bytes) -> None:
    assert read_handshake("GET", b"/live", with_header(name, value)) is None


def test_other_requests_are_left_to_the_library() -> None:
    headers = list(PLAIN.items())
    assert read_handshake("POST", b"/live", headers) is None
    assert read_handshake("GET", b"/" + b"x" * MAX_LINE_BYTES, headers) is None
    assert read_handshake("GET", "/é".encode(), headers) is None
    assert read_handshake("GET", b"/live", headers + [(b"a", b"b")] * MAX_HEADERS) is None
    for name, value in PLAIN.items():
        assert name == b"host" or read_handshake("GET", b"/live", [*headers, (name, value)]) is None
        assert name == b"host" or read_handshake("GET", b"/live", [one for one in headers if one[0] != name]) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*PLAIN, b"x"]),
            st.sampled_from([b"13", b"Upgrade", b"websocket", KEY, b"a, b", b" ", b'"a"', b"a b", b"=", KEY[:8]])
            | st.binary(max_size=6).filter(lambda value: not set(value) & set(b"\r\n\0")),
        ),
        max_size=3,
    ),
    st.sets(st.sampled_from(sorted(PLAIN)), max_size=1),
)
def test_what_is_read_would_be_taken_with_the_same_proof(more: Pairs, without: set[bytes]) -> None:
    headers = [(name, value) for name, value in {**PLAIN, **dict(more[:1])}.items() if name not in without] + more[1:]
    handshake = read_handshake("GET", b"/live", headers)
    if handshake is None:
        return
    library = Headers([(name.decode("ascii"), value.decode("ascii")) for name, value in headers])
    response = ServerProtocol().accept(Request("/live", library))
    assert response.status_code == 101
    assert response.headers["Sec-WebSocket-Accept"].encode() in accept(handshake, "a")
    offered = [token.strip() for value in library.get_all("Sec-WebSocket-Protocol") for token in value.split(",")]
    assert handshake.subprotocols == offered
