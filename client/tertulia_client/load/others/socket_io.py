"""Socket.IO over WebSocket: a server that emits to everybody what a client emits.

Its protocol 5 on Engine.IO 4: the first digit of a text is the packet's kind there, the second the one here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from tertulia_client.load.others.adapter import Adapter, Heard, Message, Refused, Say, Subscribed, Words

_OPEN: Final = b"0"
_PING: Final = b"2"
_PONG: Final = "3"
_CONNECT: Final = "40"
_REFUSED: Final = b"44"
_EVENT: Final = "42"


class SocketIo(Adapter):
    """The server listens to ``emits`` and emits ``hears``: both names may be another server's own."""

    path = "/socket.io/?EIO=4&transport=websocket"
    emits: ClassVar[str] = "post"
    hears: ClassVar[str] = "m"

    def parse(self, payload: bytes) -> Iterable[Heard]:
        if payload.startswith(_EVENT.encode()):
            return self._event(payload)
        if payload == _PING:
            return (Say(_PONG),)
        if payload.startswith(_CONNECT.encode()):
            return (Subscribed(),)
        if payload.startswith(_REFUSED):
            return (Refused(payload[2:].decode(errors="replace")),)
        return (Say(_CONNECT),) if payload.startswith(_OPEN) else ()

    def publish(self, body: str) -> Sequence[Words]:
        return (_EVENT + json.dumps([self.emits, body]),)

    def _event(self, payload: bytes) -> Iterable[Heard]:
        try:
            name, body = json.loads(payload[2:])
        except ValueError:
            return ()
        return (Message(body.encode()),) if name == self.hears and isinstance(body, str) else ()
