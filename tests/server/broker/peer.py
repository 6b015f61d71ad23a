"""A server on loopback that says what a test tells it to, in place of Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tertulia_server.broker.addresses import Address
from tertulia_server.broker.line import Line


class Peer:
    """Answers each of the first commands with the next of ``answers``, then only takes what comes."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers
        self.taken = b""
        self.writer: asyncio.StreamWriter | None = None
        self.address = Address()
        self.has_taken = asyncio.Event()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        try:
            while chunk := await reader.read(65536):
                self.taken += chunk
                self.has_taken.set()
                if self.answers:
                    writer.write(self.answers.pop(0))
        except OSError:
            pass
        finally:
            writer.transport.abort()


@asynccontextmanager
async def peer(*answers: bytes) -> AsyncIterator[Peer]:
    it = Peer(list(answers))
    server = await asyncio.start_server(it.accept, "127.0.0.1", 0)
    it.address = Address("127.0.0.1", server.sockets[0].getsockname()[1])
    try:
        yield it
    finally:
        server.close()
        if it.writer is not None:
            it.writer.transport.abort()


class RecordingLine(Line):
    """A line without a connection, which keeps what is written."""

    def __init__(self) -> None:
        super().__init__(_ignore, _ignore)
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)


def _ignore(_: Any) -> None:
    return None
