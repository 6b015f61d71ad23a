"""A reader for crowds: one socket, no task, no queue; what it hears is booked in the ledger at once.

`websockets` speaks the handshake and is let go of then: it would be most of a reader's memory and time. All readers get
the same bytes, so a message is decoded once and then known by its bytes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Protocol, cast

from websockets.client import ClientProtocol as WebSocketProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tertulia_client.address import ServerAddress
from tertulia_client.live_socket import USER_AGENT
from tertulia_client.load.frames import BINARY, CLOSE, PING, FrameError, Frames
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import DecodeError

MAX_KNOWN_MESSAGES: Final = 256
MAX_ANSWER_BYTES: Final = 64 * 1024
"""What the head of a handshake's answer may have."""


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

    def subscribed(self, reader: LightReader, cursor: Cursor, head: int) -> None: ...

    def refused(self, reader: LightReader, number: int, sentence: str) -> None: ...

    def received(self, reader: LightReader, event: m.Event) -> None: ...

    def was_reset(self, reader: LightReader, cursor: Cursor) -> None: ...

    def lost(self, reader: LightReader, reason: str) -> None: ...


class LightReader(asyncio.Protocol):
    """One connection that follows one channel. ``lost`` is called once, at its end, unless `close` was called."""

    __slots__ = ("_decoder", "_frames", "_handshake", "_reason", "_transport", "book", "number")

    def __init__(self, number: int, handshake: Handshake, *, book: Book, decoder: Decoder) -> None:
        self.number = number
        self.book: Book | None = book
        self._decoder = decoder
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._handshake: Handshake | None = handshake
        self._reason = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        assert self._handshake is not None  # noqa: S101 - made with the reader
        self._transport.write(self._handshake.request)

    def data_received(self, data: bytes) -> None:
        if self._handshake is not None:
            self._shake_hands(self._handshake, data)
            return
        try:
            taken = self._frames.take(data)
        except FrameError as error:
            self._end(CloseCode.PROTOCOL_ERROR, str(error))
            return
        for opcode, payload in taken:
            if opcode <= BINARY:
                self.on_data(opcode, payload)
            elif opcode == PING:
                self.write(Frame(Opcode.PONG, payload))
            elif opcode == CLOSE:
                self._end(None, _reason_of(payload))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self.book is not None:
            self.book.lost(self, self._reason or (str(error) if error else "the connection broke"))

    def close(self) -> None:
        """Leave without a word to the book."""
        self.book = None
        if self._handshake is None:
            self._end(CloseCode.NORMAL_CLOSURE, "")
        elif self._transport is not None:
            self._transport.close()

    @property
    def transport(self) -> asyncio.Transport | None:
        """What it reads from; None before it is connected and after."""
        return self._transport

    def abort(self) -> None:
        """Be gone, as a machine that loses its power: the server hears no good-bye, the book nothing."""
        self.book = None
        if self._transport is not None:
            self._transport.abort()

    def _shake_hands(self, handshake: Handshake, data: bytes) -> None:
        try:
            answer = handshake.receive(data)
        except InvalidHandshake as failure:
            if self.book is not None:
                self.book.refused(self, *_failure(failure))
            return
        if answer is not None:
            self._handshake = None
            assert self._transport is not None  # noqa: S101 - data came from it
            self._transport.write(answer.first)
            self.on_open()
            if answer.rest:
                self.data_received(answer.rest)

    def on_open(self) -> None:
        """The WebSocket stands, and what the handshake had to say first is said."""

    def on_data(self, opcode: int, payload: bytes) -> None:
        """A whole message."""
        if opcode == BINARY and self.book is not None:
            self._on_message(self._decoder.decode(payload), self.book)

    def _on_message(self, message: m.ServerMessage | None, book: Book) -> None:
        match message:
            case m.Event():
                book.received(self, message)
            case m.Subscribed(_, [m.Accepted(_, cursor, head)]):
                book.subscribed(self, cursor, head)
            case m.Subscribed(_, [m.Refused(_, number, sentence)]) | m.Error(_, number, sentence):
                book.refused(self, number, sentence)
            case m.Reset(_, cursor, _):
                book.was_reset(self, cursor)
            case _:
                pass

    def write(self, frame: Frame) -> None:
        if self._transport is not None:
            self._transport.write(frame.serialize(mask=True))

    def _end(self, code: CloseCode | None, reason: str) -> None:
        """Say good-bye, or answer the server's."""
        self._reason = reason
        self.write(Frame(Opcode.CLOSE, b"" if code is None else Close(code, "").serialize()))
        if self._transport is not None:
            self._transport.close()


class Handshake:
    """From the request to the answer; then it is thrown away. ``first`` goes out when the WebSocket stands."""

    __slots__ = ("_answer", "_first", "_subprotocol", "_websocket", "request")

    def __init__(
        self, live_url: str, *, subprotocol: str | None = None, token: str | None = None, first: bytes = b""
    ) -> None:
        self._first = first
        self._subprotocol = subprotocol
        self._answer = b""
        offered = None if subprotocol is None else [Subprotocol(subprotocol)]
        self._websocket = WebSocketProtocol(parse_uri(live_url), subprotocols=offered)
        request = self._websocket.connect()
        request.headers["User-Agent"] = USER_AGENT
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        self._websocket.send_request(request)
        self.request = b"".join(self._websocket.data_to_send())

    def receive(self, data: bytes) -> Greeting | None:
        """None while the answer is not whole; raises `InvalidHandshake` for one that is no WebSocket of ours."""
        self._answer += data
        head, end, rest = self._answer.partition(b"\r\n\r\n")
        if not end and len(head) <= MAX_ANSWER_BYTES:
            return None
        is_accepted = head.startswith(b"HTTP/1.1 101")
        self._websocket.receive_data(head + end if is_accepted else self._answer)
        if not is_accepted:
            self._websocket.receive_eof()  # the body of a refusal is not waited for
        is_answered = any(isinstance(event, Response) for event in self._websocket.events_received())
        failure = self._websocket.handshake_exc
        if failure is not None or not is_answered:
            raise failure if isinstance(failure, InvalidHandshake) else InvalidHandshake(str(failure or "no answer"))
        if self._websocket.subprotocol != self._subprotocol:
            raise InvalidHandshake("the server does not speak the protocol")
        return Greeting(self._first, rest)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What to say first, and what came behind the handshake's answer."""

    first: bytes
    rest: bytes


def handshake_of(address: ServerAddress, channel: str, cursor: Cursor | None, token: str | None = None) -> Handshake:
    """Of a reader that follows one channel of a server of ours."""
    subscribe = Frame(Opcode.BINARY, encode(m.Subscribe(1, [(channel, cursor)]), Encoding.MSGPACK))
    first = subscribe.serialize(mask=True)
    return Handshake(address.live_url, subprotocol=Encoding.MSGPACK.value, token=token, first=first)


def _failure(failure: Exception) -> tuple[int, str]:
    """Code and sentence of a handshake that came to nothing."""
    if isinstance(failure, InvalidStatus) and failure.response.status_code in (429, 500, 502, 503, 504):
        return Code.OVERLOADED, f"the server answers with status {failure.response.status_code}"
    if isinstance(failure, InvalidStatus):
        return Code.FORBIDDEN, f"the server answers with status {failure.response.status_code}"
    return Code.PROTOCOL_UNSUPPORTED, str(failure)


def _reason_of(payload: bytes) -> str:
    """What a server says when it closes."""
    return payload[2:].decode(errors="replace")


def _decoded(payload: bytes) -> m.ServerMessage | None:
    try:
        return decode_server_message(payload, Encoding.MSGPACK)
    except DecodeError:
        return None
