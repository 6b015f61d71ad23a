"""A server for tests of the client's protocol: a log per channel and one connection, without I/O.

Messages wait in ``wire`` until the test delivers, doubles, drops or cuts them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_client_message, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, reset_reason
from tertulia_wire.hello import hello_data


class ModelServer:
    def __init__(self, channels: Iterable[str], encoding: Encoding = Encoding.MSGPACK) -> None:
        self.encoding = encoding
        self.epoch = "e1"
        self.logs: dict[str, list[int]] = {channel: [] for channel in channels}
        self.first: dict[str, int] = dict.fromkeys(self.logs, 1)
        self.positions: dict[str, int] = {}
        self.wire: deque[m.ServerMessage] = deque()
        self.heartbeat_ms = 1000
        self.refusals: dict[str, m.Refused] = {}
        self.is_connected = False
        self.received: list[m.ClientMessage] = []

    def connect(self) -> None:
        self.is_connected = True
        self.positions.clear()
        self.wire.clear()
        self.wire.append(m.Hello(hello_data(heartbeat_ms=self.heartbeat_ms, member=None)))

    def cut(self) -> None:
        self.is_connected = False
        self.positions.clear()
        self.wire.clear()

    def publish(self, channel: str) -> None:
        """Append the next event; its data say what they should be: seq and epoch."""
        self.logs[channel].append(len(self.logs[channel]) + 1)
        self._serve(channel)

    def renew_epoch(self) -> None:
        """Another log, as after a restore; followers are told."""
        self.epoch = f"e{int(self.epoch[1:]) + 1}"
        for channel, log in self.logs.items():
            del log[len(log) // 2 :]
            self.first[channel] = 1
            if channel in self.positions:
                self._reset(channel, "epoch")

    def trim(self, channel: str) -> None:
        self.first[channel] = len(self.logs[channel]) + 1

    def receive(self, payloads: Iterable[bytes]) -> None:
        for payload in payloads:
            message = decode_client_message(payload.decode() if self.encoding.is_text else payload, self.encoding)
            self.received.append(message)
            match message:
                case m.Subscribe(ref, items):
                    self._subscribe(ref, items)
                case m.Unsubscribe(_, channels):
                    for channel in channels:
                        if self.positions.pop(channel, None) is not None:
                            self.wire.append(m.Unsubscribed(channel, "asked"))
                case m.Ping(ref):
                    self.wire.append(m.Pong(ref))

    def payload(self, message: m.ServerMessage) -> bytes:
        return encode(message, self.encoding)

    def _subscribe(self, ref: int, items: Iterable[tuple[str, Cursor | None]]) -> None:
        outcomes: list[m.Accepted | m.Refused] = []
        resets = []
        for channel, cursor in items:
            if channel in self.refusals:
                outcomes.append(self.refusals.pop(channel))
                continue
            if channel not in self.logs:
                outcomes.append(m.Refused(channel, Code.UNKNOWN_CHANNEL, "no such channel"))
                continue
            head = len(self.logs[channel])
            held = Cursor(self.epoch, head) if cursor is None else cursor
            reason = reset_reason(held, epoch=self.epoch, first=self.first[channel], head=head)
            if reason is not None:
                resets.append((channel, reason))
                held = Cursor(self.epoch, head)
            self.positions[channel] = held.seq
            outcomes.append(m.Accepted(channel, held, head))
        self.wire.append(m.Subscribed(ref, outcomes))
        for channel, reason in resets:
            self._reset(channel, reason)
        for channel in self.positions:
            self._serve(channel)

    def _reset(self, channel: str, reason: str) -> None:
        head = len(self.logs[channel])
        self.positions[channel] = head
        self.wire.append(m.Reset(channel, Cursor(self.epoch, head), reason))

    def _serve(self, channel: str) -> None:
        position = self.positions.get(channel)
        if position is None:
            return
        for seq in self.logs[channel][position:]:
            self.wire.append(m.Event(channel, seq, "post.created", {"seq": seq, "epoch": self.epoch}))
        self.positions[channel] = len(self.logs[channel])
