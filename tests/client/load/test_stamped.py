from __future__ import annotations

import asyncio
import time
from typing import Self

import pytest

from tertulia_client.load.stamped import CAN_STAMP, StampedTransport, connect_stamped

pytestmark = pytest.mark.skipif(not CAN_STAMP, reason="only Linux stamps arrivals")


class Ear(asyncio.Protocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.heard.put_nowait(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set_result(error)


class Peer:
    """A server with one connection."""

    async def __aenter__(self) -> Self:
        taken: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
        self.heard: asyncio.StreamReader | None = None

        def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.heard = reader
            taken.set_result(writer)

        self.server = await asyncio.start_server(take, "127.0.0.1", 0)
        self.ear = Ear()
        self.transport = await connect_stamped(self.ear, "127.0.0.1", self.server.sockets[0].getsockname()[1])
        self.writer = await taken
        return self

    async def __aexit__(self, *_: object) -> None:
        self.transport.close()
        self.writer.close()
        self.server.close()

    def say(self, data: bytes) -> None:
        self.writer.write(data)


async def test_what_the_loop_held_up_is_told_apart_from_what_the_wire_took() -> None:
    async with asyncio.timeout(10), Peer() as peer:
        peer.say(b"one")
        assert await peer.ear.heard.get() == b"one"
        while peer.transport.delay_s < 0.06:  # the kernel begins to stamp a moment after the first socket asked for it
            peer.say(b"two")
            time.sleep(0.08)  # noqa: ASYNC251 - the generator's own stall
            assert await peer.ear.heard.get() == b"two"
        assert peer.transport.delay_s < 5


async def test_it_writes_pauses_and_hears_of_the_end() -> None:
    async with asyncio.timeout(10), Peer() as peer:
        peer.transport.write(b"hello")
        assert peer.heard is not None
        assert await peer.heard.readexactly(5) == b"hello"
        peer.transport.pause_reading()
        peer.say(b"while paused")
        peer.transport.resume_reading()
        assert await peer.ear.heard.get() == b"while paused"
        peer.writer.close()
        assert await peer.ear.lost is None
        assert peer.transport.is_closing()
        peer.transport.resume_reading()


async def test_nobody_there_is_an_error_and_close_is_told_once() -> None:
    ear = Ear()
    with pytest.raises(OSError):
        await connect_stamped(ear, "127.0.0.1", 1)
    async with asyncio.timeout(10), Peer() as peer:
        peer.transport.close()
        peer.transport.abort()
        assert await peer.ear.lost is None
        assert isinstance(peer.transport, StampedTransport)
        assert peer.transport.get_extra_info("peername", "none") == "none"
