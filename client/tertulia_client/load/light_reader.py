"""A reader for crowds: one socket, no task, no queue; what it hears is booked in the ledger at once.

The WebSocket itself is spoken by the sans-I/O protocol of `websockets`. All readers get the same bytes, so a message
is decoded once and then known by its bytes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

from websockets.client import ClientProtocol as WebSocketProtocol
from websockets.exceptions import InvalidHandshake, InvalidState, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tertulia_client.address import ServerAddress
from tertulia_client.live_socket import USER_AGENT
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import DecodeError
from tertulia_wire.limits import MAX_SERVER_MESSAGE_BYTES

MAX_KNOWN_MESSAGES: Final = 256


class Decoder:
    """Decodes messages, and remembers the latest by their bytes."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, m.ServerMessage | None] = OrderedDict()

    def decode(self, payload: bytes) -> m.ServerMessage | None:
        """None for what is no message, or of a kind that is unknown."""
        try:
            return self._known[payload]
        except KeyError:
            message = _decoded(payload)
        self._known[payload] = message
        if len(self._known) > MAX_KNOWN_MESSAGES:
            self._known.popitem(last=False)
        return message


class Book(Protocol):
    """Where a reader tells what happened. Nothing of it may raise or take long."""

    def subscribed(self, reader: LightReader, cursor: Cursor) -> None: ...

    def refused(self, reader: LightReader, number: int, sentence: str) -> None: ...

    def received(self, reader: LightReader, event: m.Event) -> None: ...

    def was_reset(self, reader: LightReader, cursor: Cursor) -> None: ...

    def lost(self, reader: LightReader, reason: str) -> None: ...


class LightReader(asyncio.Protocol):
    """One connection that follows one channel. ``lost`` is called once, at its end, unless `close` was called."""

    __slots__ = ("_book", "_channel", "_cursor", "_decoder", "_fragments", "_transport", "_websocket", "number")

    def __init__(
        self,
        number: int,
        address: ServerAddress,
        channel: str,
        cursor: Cursor | None,
        *,
        book: Book,
        decoder: Decoder,
        token: str | None = None,
    ) -> None:
        self.number = number
        self._channel = channel
        self._cursor = cursor
        self._book: Book | None = book
        self._decoder = decoder
        self._fragments: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._websocket = WebSocketProtocol(
            parse_uri(address.live_url),
            subprotocols=[Subprotocol(Encoding.MSGPACK.value)],
            max_size=MAX_SERVER_MESSAGE_BYTES,
        )
        request = self._websocket.connect()
        request.headers["User-Agent"] = USER_AGENT
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        self._websocket.send_request(request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what the loop promises for streams
        self._transport = transport
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._websocket.receive_data(data)
        for event in self._websocket.events_received():
            if isinstance(event, Frame):
                self._on_frame(event)
            else:
                self._on_handshake()
        self._flush()

    def eof_received(self) -> None:
        self._websocket.receive_eof()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._book is not None:
            reason = self._websocket.close_reason or (str(error) if error else "the connection broke")
            self._book.lost(self, reason)

    def close(self) -> None:
        """Leave without a word to the book."""
        self._book = None
        if self._transport is not None:
            if self._websocket.state.name == "OPEN":
                self._websocket.send_close(1000)
                self._flush()
            self._transport.close()

    def _on_handshake(self) -> None:
        failure = self._websocket.handshake_exc
        if failure is None and self._websocket.subprotocol == Encoding.MSGPACK.value:
            self._send(m.Subscribe(1, [(self._channel, self._cursor)]))
        elif self._book is not None:
            self._book.refused(self, *_failure(failure))

    def _on_frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.BINARY, Opcode.CONT):
            return
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            payload = self._fragments[0] if len(self._fragments) == 1 else b"".join(self._fragments)
            self._fragments.clear()
            if self._book is not None:
                self._on_message(self._decoder.decode(payload), self._book)

    def _on_message(self, message: m.ServerMessage | None, book: Book) -> None:
        match message:
            case m.Event():
                book.received(self, message)
            case m.Subscribed(_, [m.Accepted(_, cursor, _)]):
                book.subscribed(self, cursor)
            case m.Subscribed(_, [m.Refused(_, number, sentence)]) | m.Error(_, number, sentence):
                book.refused(self, number, sentence)
            case m.Reset(_, cursor, _):
                book.was_reset(self, cursor)
            case _:
                pass

    def _send(self, message: m.ClientMessage) -> None:
        try:
            self._websocket.send_binary(encode(message, Encoding.MSGPACK))
        except (InvalidHandshake, InvalidState):
            return  # closing already: `lost` comes next

    def _flush(self) -> None:
        if self._transport is None:
            return
        for data in self._websocket.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()


def _failure(failure: Exception | None) -> tuple[int, str]:
    """Code and sentence of a handshake that came to nothing."""
    if isinstance(failure, InvalidStatus) and failure.response.status_code in (429, 500, 502, 503, 504):
        return Code.OVERLOADED, f"the server answers with status {failure.response.status_code}"
    if isinstance(failure, InvalidStatus):
        return Code.FORBIDDEN, f"the server answers with status {failure.response.status_code}"
    return Code.PROTOCOL_UNSUPPORTED, str(failure or "the server does not speak the protocol")


def _decoded(payload: bytes) -> m.ServerMessage | None:
    try:
        return decode_server_message(payload, Encoding.MSGPACK)
    except DecodeError:
        return None
