"""A receiver of webhooks on loopback that behaves as it is told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tertulia_wire.webhooks import ID_HEADER

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]

END = b"\r\n\r\n"


def answer(status: int, body: bytes = b"", *headers: str) -> Behaviour:
    """Say this."""
    lines = "".join(f"{header}\r\n" for header in headers)
    data = f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return say


async def hang(_writer: asyncio.StreamWriter) -> None:
    """Say nothing, for as long as the other side stays."""
    await asyncio.Event().wait()


async def cut(writer: asyncio.StreamWriter) -> None:
    """Go away without a word."""
    writer.transport.abort()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Say yes, and then never come to the end."""
    writer.write(b"HTTP/1.1 200 So\r\nContent-Length: 1000000\r\n\r\nyes, and")
    await writer.drain()
    await asyncio.Event().wait()


async def flood(writer: asyncio.StreamWriter) -> None:
    """Say far more than anybody asked for."""
    writer.write(b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"a" * 0x10000 + b"\r\n")
        await writer.drain()


async def babble(writer: asyncio.StreamWriter) -> None:
    """Speak something else than HTTP."""
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()
    writer.close()


@dataclass
class Receiver:
    """``requests`` are those that came, heads and bodies; ``script`` what to do with the next ones, then ``usual``."""

    port: int = 0
    usual: Behaviour = field(default_factory=lambda: answer(204))
    script: list[Behaviour] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    at_once: int = 0
    most_at_once: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in?a=b"

    @property
    def ids(self) -> list[str]:
        return [head[ID_HEADER] for head, _ in self.requests]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]

    async def wait_for(self, count: int) -> None:
        async with self.came:
            await self.came.wait_for(lambda: len(self.requests) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                await self._take(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass  # the stream's own callback would complain of a task that was cancelled
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(END)).decode().split("\r\n")
        head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(head["content-length"]))
        self.requests.append(({**head, "": first}, body))
        async with self.came:
            self.came.notify_all()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self.script.pop(0) if self.script else self.usual)(writer)
        finally:
            self.at_once -= 1

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await receiver.stop()
