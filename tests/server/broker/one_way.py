"""A TCP proxy in front of a server that can lose one direction of a connection, without either end noticing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

UP: Final = "up"
DOWN: Final = "down"


class OneWayProxy:
    """``swallow`` holds the directions that lose everything on the connections of now; new ones are whole.

    A connection is known by what its first bytes contain: the name that a client gives itself.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self.port = 0
        self._swallowed: set[tuple[int, str]] = set()
        self._names: dict[int, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def swallow(self, direction: str, of: bytes) -> None:
        """Lose one direction of those connections whose client said ``of`` when it came."""
        matching = {(number, direction) for number, said in self._names.items() if of in said}
        assert matching, f"nobody said {of!r}"
        self._swallowed |= matching

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(self._names)
        self._names[number] = b""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        for task in (
            asyncio.create_task(self._carry(number, UP, reader, far_writer)),
            asyncio.create_task(self._carry(number, DOWN, far_reader, writer)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(
        self, number: int, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while chunk := await reader.read(65536):
                if direction == UP and len(self._names[number]) < 500:
                    self._names[number] += chunk
                if (number, direction) not in self._swallowed:
                    writer.write(chunk)
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def one_way_proxy(target_port: int) -> AsyncIterator[OneWayProxy]:
    proxy = OneWayProxy(target_port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
