"""A server in the test's own process that speaks the real protocol over a real socket, and misbehaves on demand.

One asyncio server takes both: ``GET /live`` becomes a WebSocket, everything else is the API of a forum in memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from tertulia_client.testing.answering import answer, problem
from tertulia_client.testing.connection import FakeConnection
from tertulia_client.testing.forum import FakeForum
from tertulia_wire import messages as m
from tertulia_wire.codec import choose_encoding
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor


class FakeServer(FakeForum):
    """``async with FakeServer() as server``: a forum that can be reached. Whoever sends a token is `BOT`."""

    def __init__(self, *, tokens: frozenset[str] | None = None) -> None:
        super().__init__(tokens=tokens)
        self.connections: set[FakeConnection] = set()
        self.connection_count = 0
        self.requests: list[tuple[str, str, Any]] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As kill -9: no good-bye to anybody. `start` goes on with the same forum."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What happens to connections

    def cut_all(self) -> None:
        """End all connections without a word."""
        for connection in list(self.connections):
            connection.cut()

    def deaden_all(self) -> None:
        """Connections that are there stay open, and nothing is said or heard on them any more (half-open)."""
        for connection in list(self.connections):
            connection.go_dead()

    def tell_all(self, message: m.ServerMessage) -> None:
        for connection in list(self.connections):
            connection.send(message)

    def renew_epoch(self) -> None:
        """Another log, as after a restored backup; followers are reset."""
        self.epoch = f"e{int(self.epoch[1:]) + 1}"
        for connection in list(self.connections):
            for channel in connection.positions:
                head = connection.positions[channel] = len(self.logs.get(channel, []))
                connection.send(m.Reset(channel, Cursor(self.epoch, head), "epoch"))

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in a task
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._serve_requests(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _serve_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            headers = _headers(head)
            if path == "/live":
                refusal = self._refuse_handshake(headers)
                if refusal is None:
                    await self._converse(FakeConnection(self, reader, writer), head)
                else:
                    writer.write(refusal)
                return
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            answer = self._carry_out(method, path, json.loads(body) if body else None, headers)
            if answer is None:
                return
            writer.write(_response(*answer))

    async def _converse(self, connection: FakeConnection, head: bytes) -> None:
        self.connections.add(connection)
        self.listeners.add(connection)
        self.connection_count += 1
        try:
            await connection.run(head)
        finally:
            self.connections.discard(connection)
            self.listeners.discard(connection)

    def _carry_out(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, Any] | None:
        """Status and body; None: whoever asked is cut off without an answer."""
        is_write = method != "GET" and not path.startswith("/api/shares/")
        if is_write and self.faults.is_killed(before=True):
            self.kill_bot()
            return None
        answer = self._answer(method, path, body, headers)
        if is_write and self.faults.is_killed(before=False):
            self.kill_bot()
            return None
        if self.faults.drop_api_answers:
            self.faults.drop_api_answers -= 1
            return None
        return answer

    def _answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, Any]:
        self.requests.append((method, path, body))
        if self.faults.api_answers and path != "/metrics":  # whoever scrapes takes no answer of others
            return self.faults.api_answers.pop(0)
        if not self.takes(headers.get("authorization")):
            return problem(Code.UNAUTHENTICATED)
        return answer(self, method, path, body, headers)

    def _refuse_handshake(self, headers: Mapping[str, str]) -> bytes | None:
        if self.faults.handshake_answers:
            return self.faults.handshake_answers.pop(0)
        offered = [name.strip() for name in headers.get("sec-websocket-protocol", "").split(",")]
        if choose_encoding(offered) is None:
            return _response(*problem(Code.PROTOCOL_UNSUPPORTED))
        return None if self.takes(headers.get("authorization")) else _response(*problem(Code.UNAUTHENTICATED))


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines}


def _response(status: int, value: Any) -> bytes:
    payload = json.dumps(value).encode()
    return f"HTTP/1.1 {status} Ok\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload
