"""A follower over the WebSocket, made straight from the protocol's page."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.codes import Action, action_of
from tertulia_wire.messages import (
    Accepted,
    ClientMessage,
    Drain,
    Error,
    Event,
    Ping,
    Pong,
    Refused,
    Reset,
    Subscribe,
    Subscribed,
    Unsubscribed,
)
from tests.soak.followers import SILENCE_LIMIT_S, BrokenError, Follower

PING_S: Final = 0.4
OPEN_LIMIT_S: Final = 4.0


class LiveFollower(Follower):
    """``encoding`` is that of all its connections."""

    transport = "live"

    def __init__(self, *args: Any, encoding: Encoding) -> None:
        super().__init__(*args)
        self._encoding = encoding
        self._refs = count(1)
        self._asked_ms: dict[int, int] = {}

    async def follow(self, door: str) -> None:
        try:
            async with connect(
                f"ws://{door}/live",
                subprotocols=[Subprotocol(self._encoding.value)],
                compression=None,
                ping_interval=None,
                open_timeout=OPEN_LIMIT_S,
                close_timeout=0.2,
                max_size=None,
                proxy=None,
            ) as connection:
                await self._converse(connection)
        except (ConnectionClosed, InvalidHandshake, InvalidMessage) as error:
            raise BrokenError(repr(error)) from error

    async def _converse(self, connection: ClientConnection) -> None:
        self._asked_ms.clear()
        await self._send(connection, Subscribe(self._ask(), [(name, self.cursors.get(name)) for name in self.channels]))
        pinging = asyncio.create_task(self._ping(connection))
        try:
            while True:
                await self.wait_readable()
                async with asyncio.timeout(SILENCE_LIMIT_S):
                    frame = await connection.recv()
                self._take(decode_server_message(frame, self._encoding), frame)
        finally:
            pinging.cancel()
            await asyncio.wait([pinging])
            connection.transport.abort()

    async def _ping(self, connection: ClientConnection) -> None:
        try:
            while True:
                await asyncio.sleep(PING_S)
                await self._send(connection, Ping(self._ask()))
        except (ConnectionClosed, OSError):
            return  # whoever reads hears of it

    def _ask(self) -> int:
        ref = next(self._refs)
        self._asked_ms[ref] = self.clock()
        return ref

    async def _send(self, connection: ClientConnection, message: ClientMessage) -> None:
        payload = encode(message, self._encoding)
        await connection.send(payload.decode() if self._encoding.is_text else payload)

    def _take(self, message: Any, frame: bytes | str) -> None:
        match message:
            case Event(channel, seq, name, data):
                self.take_event(channel, seq, name, data, frame)
            case Pong(ref):
                self.sent_after_ms = self._asked_ms.pop(ref)
            case Subscribed(ref, items):
                self.sent_after_ms = self._asked_ms.pop(ref)
                for item in items:
                    self._take_item(item)
            case Reset(channel, cursor, reason):
                self.take_reset(channel, cursor, reason)
            case Unsubscribed(channel, reason):
                self.take_unsubscribed(channel, reason)
                raise BrokenError(f"unsubscribed: {reason}")
            case Error(_, code, words):
                raise BrokenError(f"{code} {words}")
            case Drain(after_ms):
                raise BrokenError(f"told to come back after {after_ms} ms")

    def _take_item(self, item: Accepted | Refused) -> None:
        match item:
            case Accepted(channel, cursor, head):
                self.take_subscribed(channel, cursor, head)
            case Refused(channel, code, words) if action_of(code) is Action.RETRY:
                raise BrokenError(f"{channel} refused: {words}")
            case Refused(channel, code, words):
                self.take_unsubscribed(channel, f"{code} {words}")
