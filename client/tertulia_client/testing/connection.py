"""One WebSocket of the fake server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from tertulia_client.testing.forum import FakeForum
from tertulia_client.testing.manners import Faulty, Manners, check_channel, check_signal
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, reset_reason
from tertulia_wire.data import WhoData
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES

READ_BYTES = 65536


class FakeConnection:
    """Lives as long as `run`. ``positions``: the last seq that was sent, by followed channel."""

    def __init__(self, forum: FakeForum, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._forum = forum
        self._reader = reader
        self._writer = writer
        self._websocket = ServerProtocol(
            subprotocols=[Subprotocol(item.value) for item in Encoding], max_size=MAX_CLIENT_MESSAGE_BYTES
        )
        self._encoding = Encoding.MSGPACK
        self._manners = Manners(self._encoding, monotonic())
        self._fragments: list[bytes] = []
        self._is_text = False
        self._who: WhoData | None = None
        self._held: dict[str, list[tuple[int, tuple[str, Mapping[str, Any]]]]] = {}
        self._is_dead = False
        self.positions: dict[str, int] = {}
        self.received: list[m.ClientMessage] = []
        self._has_news = asyncio.Condition()

    async def has_received(self, kind: type[m.ClientMessage], count: int) -> None:
        """Wait for so many messages of a kind."""
        async with self._has_news:
            await self._has_news.wait_for(lambda: sum(isinstance(item, kind) for item in self.received) >= count)

    async def run(self, head: bytes) -> None:
        """Read until the peer is gone; ``head`` is the request of its handshake."""
        data = head
        while data:
            self._take(data)
            if self._websocket.state is State.CLOSED:
                return
            async with self._has_news:
                self._has_news.notify_all()
            data = await self._reader.read(READ_BYTES)

    def send(self, message: m.ServerMessage) -> None:
        self.send_raw(encode(message, self._encoding))

    def send_raw(self, payload: bytes) -> None:
        """Any bytes, as one message."""
        try:
            if self._encoding.is_text:
                self._websocket.send_text(payload)
            else:
                self._websocket.send_binary(payload)
        except InvalidState:
            return  # it is closing: nobody reads that any more
        self._flush()

    def close(self, code: int, reason: str = "") -> None:
        if self._websocket.state is State.OPEN:
            self._websocket.send_close(code, reason)
            self._flush()

    def cut(self) -> None:
        self._writer.transport.abort()

    def go_dead(self) -> None:
        """Say and hear nothing any more, and leave the line open."""
        self._is_dead = True

    def serve(self, channel: str, *, is_replay: bool = False) -> None:
        """Send what the subscription of this channel has not been sent yet; a replay has no faults."""
        position = self.positions.get(channel)
        if position is None or self._forum.faults.is_stalled:
            return
        log = self._forum.logs.setdefault(channel, [])
        self.positions[channel] = len(log)
        events = list(enumerate(log, 1))[position:]
        held = self._held.setdefault(channel, [])
        for seq, (name, data) in events if is_replay else self._forum.faults.arrange(events, held):
            self.send(m.Event(channel, seq, name, data))

    def _take(self, data: bytes) -> None:
        if self._is_dead:
            return
        self._websocket.receive_data(data)
        for event in self._websocket.events_received():
            if isinstance(event, Request):
                self._accept(event)
            elif isinstance(event, Frame) and event.opcode in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
                self._on_frame(event)
        self._flush()

    def _accept(self, request: Request) -> None:
        self._who = self._forum.who(request.headers.get("Authorization"))
        self._websocket.send_response(self._websocket.accept(request))
        self._encoding = Encoding(self._websocket.subprotocol)
        self._manners = Manners(self._encoding, monotonic())
        self.send(m.Hello(self._forum.hello(self._who)))

    def _on_frame(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._fragments.append(bytes(frame.data))
        if not frame.fin:
            return
        payload = b"".join(self._fragments)
        self._fragments.clear()
        read = self._manners.read(payload.decode() if self._is_text else payload, monotonic())
        if not isinstance(read, Faulty):
            self._on_message(read)
            return
        self.send(read.error)
        if read.closes:
            self.close(int(read.error.code), read.error.message)

    def _on_message(self, message: m.ClientMessage) -> None:
        self.received.append(message)
        if self._forum.faults.is_stalled:
            return
        match message:
            case m.Subscribe(ref, items):
                self._subscribe(ref, items)
            case m.Unsubscribe(ref, channels):
                self._unsubscribe(ref, channels)
            case m.SendSignal(channel, name):
                error = check_signal(channel, name, set(self.positions))
                if error is not None:
                    self.send(error)
            case m.Ping(ref):
                self.send(m.Pong(ref))

    def _subscribe(self, ref: int, items: Sequence[tuple[str, Cursor | None]]) -> None:
        outcomes: list[m.Accepted | m.Refused] = []
        resets: list[m.Reset] = []
        for channel, cursor in items:
            refusal = self._forum.refusal_of(channel, self._who) or check_channel(channel, set(self.positions))
            if refusal is not None:
                outcomes.append(refusal)
                continue
            head = len(self._forum.logs.setdefault(channel, []))
            place = Cursor(self._forum.epoch, head)
            reason = None if cursor is None else reset_reason(cursor, epoch=self._forum.epoch, first=1, head=head)
            if reason is not None:
                resets.append(m.Reset(channel, place, reason))
            begin = place if cursor is None or reason is not None else cursor
            outcomes.append(m.Accepted(channel, begin, head))
            self.positions[channel] = begin.seq
        self.send(m.Subscribed(ref, outcomes))
        for reset in resets:
            self.send(reset)
        for channel in list(self.positions):
            self.serve(channel, is_replay=True)

    def _unsubscribe(self, ref: int, channels: Sequence[str]) -> None:
        gone = [channel for channel in dict.fromkeys(channels) if self.positions.pop(channel, None) is not None]
        for channel in gone:
            self.send(m.Unsubscribed(channel, "asked"))
        if len(gone) < len(channels):
            self.send(m.Error(ref, Code.NOT_SUBSCRIBED, Code.NOT_SUBSCRIBED.sentence))

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if self._is_dead:
                continue
            if data:
                self._writer.write(data)
            elif self._writer.can_write_eof():
                self._writer.write_eof()
