"""A proxy in front of a server that can be set up wrong in the ways in which proxies are."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

_HOP: Final = re.compile(rb"\r\n(connection|upgrade|keep-alive):[^\r]*", re.IGNORECASE)


@dataclass(frozen=True)
class Faults:
    """``buffers``: an answer is passed on when it is complete. ``idle_s``: a silent line is cut after that.

    ``request`` and ``answer`` are pairs of a pattern and what it is replaced by, in the head.
    """

    upgrades: bool = True
    buffers: bool = False
    idle_s: float | None = None
    request: tuple[tuple[bytes, bytes], ...] = ()
    answer: tuple[tuple[bytes, bytes], ...] = ()


NO_FAULTS: Final = Faults()


@dataclass
class Proxy:
    """One request per connection."""

    upstream_port: int
    faults: Faults
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._pass_on(reader, writer)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # one side is gone, or was silent for too long
        finally:
            writer.transport.abort()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        is_upgrade = b"upgrade: websocket" in head.lower() and self.faults.upgrades
        if not is_upgrade:
            head = _HOP.sub(b"", head).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
        head = _rewritten(head, self.faults.request)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        try:
            up_writer.write(head)
            async with asyncio.timeout(self.faults.idle_s):
                answer = _rewritten(await up_reader.readuntil(b"\r\n\r\n"), self.faults.answer)
            if self.faults.buffers and not is_upgrade:
                writer.write(answer + await up_reader.read(-1))
                await writer.drain()
                return
            writer.write(answer)
            await self._pipe_both(reader, writer, up_reader, up_writer)
        finally:
            up_writer.transport.abort()

    async def _pipe_both(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        pipes = {
            asyncio.create_task(self._pipe(reader, up_writer)),
            asyncio.create_task(self._pipe(up_reader, writer)),
        }
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self.faults.idle_s) as patience:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
                if self.faults.idle_s is not None:
                    patience.reschedule(asyncio.get_running_loop().time() + self.faults.idle_s)


def _rewritten(head: bytes, rules: tuple[tuple[bytes, bytes], ...]) -> bytes:
    for pattern, new in rules:
        head = re.sub(pattern, new, head, flags=re.IGNORECASE)
    return head


@asynccontextmanager
async def proxy(upstream_port: int, faults: Faults = NO_FAULTS, **more: object) -> AsyncIterator[Proxy]:
    """``more`` are further faults by name."""
    opened = Proxy(upstream_port, replace(faults, **more))  # type: ignore[arg-type]
    server = await asyncio.start_server(opened.accept, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
        await opened.close()
