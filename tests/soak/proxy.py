"""A small TCP proxy that can be as bad as a network: cut, delayed, half-open, slow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

CHUNK_BYTES: Final = 64 * 1024
SLOW_TURN_S: Final = 0.05


class Link:
    """One connection through the proxy, in both directions."""

    def __init__(self, proxy: Proxy, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._writers = (near, far)
        self.is_swallowed = False

    def cut(self) -> None:
        """Both ends get a reset, what was on its way is lost."""
        for writer in self._writers:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on in one direction until its end; a swallowed link reads on and passes nothing."""
        try:
            while chunk := await reader.read(self._proxy.chunk_bytes):
                await self._proxy.hold_up()
                if not self.is_swallowed:
                    writer.write(chunk)
                    await writer.drain()
            if not self.is_swallowed and writer.can_write_eof():
                writer.write_eof()
        except OSError:
            self.cut()


class Proxy:
    """Listens on a port of its own for one target; what it does to connections is changed while they run."""

    def __init__(self, target_port: int, dice: random.Random) -> None:
        self.target_port = target_port
        self.port = 0
        self.delay_s = 0.0
        self.bytes_per_s = 0
        self.is_refusing = False
        self.is_swallowing_new = False
        self._dice = dice
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def chunk_bytes(self) -> int:
        return max(1, int(self.bytes_per_s * SLOW_TURN_S)) if self.bytes_per_s else CHUNK_BYTES

    @property
    def link_count(self) -> int:
        return len(self._links)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def hold_up(self) -> None:
        """As long as the delay, or the wanted rate, asks for."""
        if self.bytes_per_s:
            await asyncio.sleep(SLOW_TURN_S)
        if self.delay_s:
            await asyncio.sleep(self.delay_s * self._dice.uniform(0.5, 1.0))

    def cut(self, share: float = 1.0) -> None:
        """Reset this share of the connections that are there now."""
        for link in self._some(share):
            link.cut()

    def swallow(self, share: float = 1.0) -> None:
        """This share of the connections lives on for both ends, but nothing passes any more: half-open, for ever."""
        for link in self._some(share):
            link.is_swallowed = True

    @contextmanager
    def delaying(self, delay_s: float) -> Iterator[None]:
        self.delay_s = delay_s
        try:
            yield
        finally:
            self.delay_s = 0.0

    @contextmanager
    def throttling(self, bytes_per_s: int) -> Iterator[None]:
        self.bytes_per_s = bytes_per_s
        try:
            yield
        finally:
            self.bytes_per_s = 0

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Everything is cut, and new connections are reset."""
        self.is_refusing = True
        self.cut()
        try:
            yield
        finally:
            self.is_refusing = False

    @contextmanager
    def swallowing(self) -> Iterator[None]:
        """Every connection, and each new one, is taken and never answered; afterwards the old ones stay dead."""
        self.is_swallowing_new = True
        self.swallow()
        try:
            yield
        finally:
            self.is_swallowing_new = False

    def _some(self, share: float) -> list[Link]:
        return [link for link in list(self._links) if self._dice.random() < share]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        await self._join(reader, writer, far_reader, far_writer)

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        link = Link(self, writer, far_writer)
        link.is_swallowed = self.is_swallowing_new
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(link.carry(reader, far_writer))
                group.create_task(link.carry(far_reader, writer))
        finally:
            self._links.discard(link)
            link.cut()
