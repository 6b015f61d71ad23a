"""Sinks on real sockets: an application of a few lines under uvicorn, in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from tertulia_server.hub.sink import Sink
from tertulia_server.live.errands import Errands
from tertulia_server.sinks.asgi import AsgiSink
from tertulia_server.sinks.direct import TAKE_OVER
from tertulia_server.sinks.uvicorn import LiveHttp, LiveWebSocket, PatientWebSocket
from tertulia_wire.codec import Encoding
from tests.server.sinks.socket_peer import BUFFER_BYTES, LIMIT_S, SocketPeer

SERVERS: dict[str, dict[str, Any]] = {
    "portable": {"http": "auto", "ws": "websockets-sansio"},
    "patient": {"http": LiveHttp, "ws": PatientWebSocket},
    "direct": {"http": LiveHttp, "ws": LiveWebSocket},
}


class Listening:
    """An owner that keeps what it hears; ``work`` makes an errand of a message."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.messages: list[bytes | str] = []
        self.work: Callable[[bytes | str], Coroutine[Any, Any, None] | None] = lambda _: None
        self.has_begun = False
        self.ended = asyncio.Event()
        self._changed = asyncio.Event()

    def begin(self) -> None:
        self.has_begun = True

    def receive(self, data: bytes | str) -> Coroutine[Any, Any, None] | None:
        self.messages.append(data)
        self._changed.set()
        return self.work(data)

    def end(self) -> None:
        self.ended.set()

    async def heard(self, count: int) -> list[bytes | str]:
        async with asyncio.timeout(LIMIT_S):
            while len(self.messages) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.messages[:count]

    async def end_of(self) -> None:
        async with asyncio.timeout(LIMIT_S):
            await self.ended.wait()


class Place:
    """``gate``: whoever connects is accepted when it is open. ``middleware``: around the application.

    ``is_taking``: whether the application takes sockets over where it may.
    """

    def __init__(self, max_outbox_bytes: int) -> None:
        self.max_outbox_bytes = max_outbox_bytes
        self.errands = Errands()
        self.owners: asyncio.Queue[Listening] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.scopes: list[Any] = []
        self.task_counts: list[int] = []
        self.middleware: Callable[[Any], None] = lambda _: None
        self.is_taking = True
        self.server: uvicorn.Server
        self.port = 0

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        encoding = Encoding(scope["subprotocols"][0])
        self.scopes.append(scope)
        self.middleware(scope)
        await self.gate.wait()
        take = scope["extensions"].get(TAKE_OVER) if self.is_taking else None
        if take is None:
            await self._serve(encoding, receive, send)
        elif (taken := take["take"](encoding, self.max_outbox_bytes)) is not None:
            sink, early = taken
            owner = Listening(sink)
            self.owners.put_nowait(owner)
            sink.begin(owner, self.errands, early)

    async def _serve(self, encoding: Encoding, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": encoding.value})
        sink = AsgiSink(encoding, send, max_outbox_bytes=self.max_outbox_bytes)
        owner = Listening(sink)
        try:
            async with sink.running():
                owner.begin()
                self.owners.put_nowait(owner)
                while True:
                    await sink.drained()
                    message = await receive()
                    if message["type"] == "websocket.disconnect":
                        return
                    errand = owner.receive(message.get("text") or message.get("bytes") or b"")
                    if errand is not None:
                        await errand
        finally:
            owner.end()

    async def owner(self) -> Listening:
        """Of the connection that was accepted next."""
        async with asyncio.timeout(LIMIT_S):
            return await self.owners.get()

    @asynccontextmanager
    async def peer(
        self, encoding: Encoding = Encoding.MSGPACK, **handshake: Any
    ) -> AsyncIterator[tuple[SocketPeer, Listening]]:
        """A connection that was accepted, seen from both sides."""
        peer = await SocketPeer.open(self.port, encoding.value, **handshake)
        try:
            await peer.shaken()
            yield peer, await self.owner()
        finally:
            await peer.close()


@asynccontextmanager
async def open_place(server: str, *, max_outbox_bytes: int = 1 << 20, ping_s: float = 60.0) -> AsyncIterator[Place]:
    """Serve until the end of the block; then the server is stopped, and must end."""
    place = Place(max_outbox_bytes)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        listener.bind(("127.0.0.1", 0))
        place.port = listener.getsockname()[1]
        place.server = uvicorn.Server(
            uvicorn.Config(
                place.app,
                log_config=None,
                interface="asgi3",
                lifespan="off",
                ws_ping_interval=ping_s,
                ws_ping_timeout=ping_s,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=5,
                **SERVERS[server],
            )
        )
        serving = asyncio.create_task(place.server.serve([listener]))
        while not place.server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        try:
            yield place
        finally:
            place.server.should_exit = True
            await serving
            await place.errands.close()
