"""`/healthz` and `/metrics` of a bot: answered in the loop of the connection, whatever its handlers do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

MAX_REQUEST_BYTES: Final = 8192
REQUEST_TIMEOUT_S: Final = 5.0
MAX_CONNECTIONS: Final = 16


class Told(Protocol):
    """What can say how it is: a bot, a run of the load kit."""

    @property
    def is_well(self) -> bool: ...

    def as_json(self) -> str: ...

    def as_metrics(self) -> str: ...


class HealthPage:
    """Serves one GET per connection, on ``host`` and ``port``, until it is cancelled."""

    def __init__(self, health: Callable[[], Told], *, port: int, host: str = "127.0.0.1") -> None:
        self._health = health
        self._host = host
        self._port = port
        self._room = asyncio.Semaphore(MAX_CONNECTIONS)
        self.address: tuple[str, int] | None = None
        """Where it listens, once it does."""

    async def serve(self) -> None:
        server = await asyncio.start_server(self._answer, self._host, self._port, limit=MAX_REQUEST_BYTES)
        self.address = server.sockets[0].getsockname()[:2]
        async with server:
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with self._room, asyncio.timeout(REQUEST_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = self._page(head.split(b" ", 2)[:2])
                writer.write(_response(status, kind, body.encode()))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # who asks badly or leaves gets no answer
        finally:
            writer.close()

    def _page(self, request: list[bytes]) -> tuple[str, str, str]:
        match request:
            case [b"GET", b"/healthz"]:
                health = self._health()
                status = "200 OK" if health.is_well else "503 Service Unavailable"
                return status, "application/json", health.as_json()
            case [b"GET", b"/metrics"]:
                return "200 OK", "text/plain; version=0.0.4; charset=utf-8", self._health().as_metrics()
            case _:
                return "404 Not Found", "text/plain", "There are /healthz and /metrics.\n"


def _response(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
