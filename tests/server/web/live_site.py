"""The site with its live connections, under a real server in the test's own loop, and a peer that talks to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from tertulia_server.live.live import Live
from tertulia_server.settings import Settings
from tertulia_server.sinks.uvicorn import LiveHttp, LiveWebSocket, PatientWebSocket
from tertulia_server.web.live import live_routes
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Accepted, ClientMessage, Event, Hello, Refused, ServerMessage, Subscribe, Subscribed
from tests.server.web.site import Site

LIMIT_S = 10.0
SOCKET_BUFFER_BYTES = 64 * 1024
"""Small, so that a peer who does not read is felt soon."""


@dataclass
class LiveSite:
    site: Site
    live: Live
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def peer(
        self, encoding: Encoding = Encoding.MSGPACK, *, is_greeted: bool = True, **headers: str
    ) -> AsyncIterator[Peer]:
        """A connection; its greeting is taken already."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        async with connect(
            f"ws://127.0.0.1:{self.port}/live",
            subprotocols=[encoding.value],  # type: ignore[list-item]
            additional_headers=headers,
            compression=None,
            sock=sock,
        ) as connection:
            peer = Peer(connection, encoding)
            if is_greeted:
                peer.hello = await peer.hear()
            yield peer


class Peer:
    """A client without a protocol of its own: says and hears messages."""

    def __init__(self, connection: ClientConnection, encoding: Encoding) -> None:
        self.connection = connection
        self.encoding = encoding
        self.hello: ServerMessage | None = None

    async def say(self, message: ClientMessage) -> None:
        data = encode(message, self.encoding)
        await self.connection.send(data.decode() if self.encoding.is_text else data)

    async def hear(self) -> ServerMessage:
        async with asyncio.timeout(LIMIT_S):
            return decode_server_message(await self.connection.recv(), self.encoding)

    async def hear_events(self, count: int) -> list[Event]:
        messages = [await self.hear() for _ in range(count)]
        assert all(isinstance(message, Event) for message in messages), messages
        return messages  # type: ignore[return-value]

    async def subscribe(self, channel: str, cursor: Cursor | None = None) -> Accepted | Refused:
        await self.say(Subscribe(1, [(channel, cursor)]))
        answer = await self.hear()
        assert isinstance(answer, Subscribed)
        return answer.items[0]

    async def close_code(self) -> int:
        async with asyncio.timeout(LIMIT_S):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code

    @property
    def member(self) -> Any:
        assert isinstance(self.hello, Hello)
        return self.hello.data["member"]


@asynccontextmanager
async def serve_live_site(site: Site, **settings: Any) -> AsyncIterator[LiveSite]:
    """Serve the site on a free port until the end of the block."""
    live = Live(Settings(**settings), site.store, site.broker, now_ms=site.actions.now_ms)
    await live.start()
    site.app.state.live = live
    site.app.router.routes[:0] = live_routes()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        listener.bind(("127.0.0.1", 0))
        ws = LiveWebSocket if live.settings.sink == "auto" else PatientWebSocket
        config = uvicorn.Config(site.app, log_level="error", lifespan="off", http=LiveHttp, ws=ws)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield LiveSite(site, live, listener.getsockname()[1])
        server.should_exit = True
        await serving
    await live.close()
