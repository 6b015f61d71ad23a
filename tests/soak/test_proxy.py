"""The proxy is as bad as it is told to be, and otherwise passes everything."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.soak.proxy import Proxy

LIMIT_S = 10


@asynccontextmanager
async def echo() -> AsyncIterator[Proxy]:
    """A proxy before a server that answers each line with itself."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(line)
        except OSError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        proxy = Proxy(server.sockets[0].getsockname()[1], random.Random(1))
        await proxy.start()
        try:
            yield proxy
        finally:
            await proxy.close()


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, word: str) -> str:
        self._writer.write(f"{word}\n".encode())
        async with asyncio.timeout(LIMIT_S):
            return (await self._reader.readline()).decode().strip()

    async def is_silent(self, word: str) -> bool:
        self._writer.write(f"{word}\n".encode())
        try:
            async with asyncio.timeout(0.2):
                return not await self._reader.readline()
        except TimeoutError:
            return True


@asynccontextmanager
async def calling(proxy: Proxy) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


async def test_everything_passes() -> None:
    async with echo() as proxy, calling(proxy) as caller:
        assert await caller.say("one") == "one"
        assert await caller.say("x" * 60_000) == "x" * 60_000
        assert proxy.link_count == 1


async def test_cut_resets_the_connection_and_a_new_one_passes() -> None:
    async with echo() as proxy, calling(proxy) as caller:
        assert await caller.say("one") == "one"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await caller.say("two")
        async with calling(proxy) as other:
            assert await other.say("three") == "three"


async def test_half_open_connection_is_silent_for_ever_and_a_new_one_passes() -> None:
    async with echo() as proxy, calling(proxy) as caller:
        assert await caller.say("one") == "one"
        proxy.swallow()
        assert await caller.is_silent("two")
        async with calling(proxy) as other:
            assert await other.say("three") == "three"


async def test_unreachable_target_resets_old_and_new_connections_until_it_is_over() -> None:
    async with echo() as proxy:
        async with calling(proxy) as caller:
            assert await caller.say("one") == "one"
            with proxy.unreachable():
                with pytest.raises(ConnectionResetError):
                    await caller.say("two")
                async with calling(proxy) as other:
                    with pytest.raises(ConnectionResetError):
                        await other.say("three")
        async with calling(proxy) as later:
            assert await later.say("four") == "four"


async def test_swallowed_target_takes_connections_and_never_answers() -> None:
    async with echo() as proxy:
        with proxy.swallowing():
            async with calling(proxy) as caller:
                assert await caller.is_silent("one")
        async with calling(proxy) as later:
            assert await later.say("two") == "two"


async def test_delay_and_throttle_hold_up_and_lose_nothing() -> None:
    async with echo() as proxy, calling(proxy) as caller:
        with proxy.delaying(0.05):
            assert await caller.say("one") == "one"
        with proxy.throttling(2000):
            assert await caller.say("y" * 300) == "y" * 300


async def test_end_of_a_connection_passes_too() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"last\n")
        writer.write_eof()
        async with asyncio.timeout(LIMIT_S):
            assert await reader.read() == b"last\n"
        writer.close()
