"""NATS over WebSocket: its text protocol, of which a WebSocket message may carry several lines or a part of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tertulia_client.load.others.adapter import Adapter, Heard, Message, Refused, Say, Subscribed, Words

MAX_REST_BYTES: Final = 8 * 1024 * 1024
"""What may be there of a message that is not whole; NATS allows a message 1 MiB unless told otherwise."""

_END: Final = b"\r\n"


class Nats(Adapter):
    """A channel is a subject: ``thread:1`` is ``thread.1``."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self._subject = channel.replace(":", ".")
        self._rest = b""

    def begin(self) -> Iterable[Heard]:
        yield Say(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB %s 1\r\nPING\r\n' % self._subject.encode())

    def parse(self, payload: bytes) -> Iterable[Heard]:
        self._rest += payload
        if len(self._rest) > MAX_REST_BYTES:
            yield Refused("a message of the server has no end")
        while (end := self._rest.find(_END)) >= 0:
            line, rest = self._rest[:end], self._rest[end + 2 :]
            if line.startswith(b"MSG "):
                size_bytes = int(line.rsplit(b" ", 1)[1])
                if len(rest) < size_bytes + 2:
                    return
                self._rest = rest[size_bytes + 2 :]
                yield Message(rest[:size_bytes])
            else:
                self._rest = rest
                yield from _answer_to(line)

    def publish(self, body: str) -> Sequence[Words]:
        payload = body.encode()
        return (b"PUB %s %d\r\n%s\r\n" % (self._subject.encode(), len(payload), payload),)


def _answer_to(line: bytes) -> Iterator[Heard]:
    if line == b"PING":
        yield Say(b"PONG\r\n")
    elif line == b"PONG":
        yield Subscribed()  # to our first ping, behind the subscription; we send no other
    elif line.startswith(b"-ERR"):
        yield Refused(line[4:].decode(errors="replace").strip(" '"))
