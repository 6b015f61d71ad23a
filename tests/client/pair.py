"""A client protocol and a model server with a faithful line between them, on a clock that the test moves."""

from __future__ import annotations

import random

from tertulia_client import notices as n
from tertulia_client.protocol import ClientProtocol
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_client_message
from tests.client.model_server import ModelServer

A, B = "thread:1", "forum:2"


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Pair:
    """A protocol and a model server with a faithful line between them."""

    def __init__(self, encoding: Encoding = Encoding.MSGPACK) -> None:
        self.clock = Clock()
        self.protocol = ClientProtocol(clock=self.clock, rng=random.Random(1), encoding=encoding)
        self.server = ModelServer([A, B], encoding)

    def connect(self) -> None:
        self.server.connect()
        self.protocol.connection_made()
        self.settle()

    def cut(self) -> None:
        self.server.cut()
        self.protocol.connection_lost()

    def settle(self) -> None:
        while self.server.wire or self.protocol.has_outgoing:
            self.server.receive(self.protocol.outgoing())
            while self.server.wire:
                self.say(self.server.wire.popleft())

    def say(self, message: m.ServerMessage) -> None:
        payload = self.server.payload(message)
        self.protocol.receive(payload.decode() if self.server.encoding.is_text else payload)

    def sent(self) -> list[m.ClientMessage]:
        return [decode_client_message(payload, Encoding.MSGPACK) for payload in self.protocol.outgoing()]

    def pass_time(self, seconds: float) -> None:
        self.clock.now_s += seconds
        self.protocol.tick()

    def seqs(self, channel: str = A) -> list[int]:
        return [
            notice.seq
            for notice in self.protocol.notices()
            if isinstance(notice, n.EventReceived) and notice.channel == channel
        ]


def of(notices: list[n.Notice], *kinds: type) -> list[n.Notice]:
    return [notice for notice in notices if isinstance(notice, kinds)]
