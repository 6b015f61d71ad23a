from __future__ import annotations

import asyncio
import time

from tertulia_client.testing import VirtualTimeLoop, run_in_virtual_time


def test_hours_pass_at_once_and_in_order() -> None:
    async def wait() -> tuple[list[str], float]:
        loop = asyncio.get_running_loop()
        began_s, ended = loop.time(), []

        async def sleep(hours: int) -> None:
            await asyncio.sleep(hours * 3600)
            ended.append(f"{hours} h")

        await asyncio.gather(sleep(3), sleep(1), sleep(2))
        return ended, loop.time() - began_s

    began_s = time.monotonic()
    ended, passed_s = run_in_virtual_time(wait())
    assert ended == ["1 h", "2 h", "3 h"]
    assert passed_s >= 3 * 3600
    assert time.monotonic() - began_s < 600


def test_sockets_are_waited_for() -> None:
    async def talk() -> bytes:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read(5))
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server, asyncio.timeout(3600):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(b"hello")
            said = await reader.read()
            writer.close()
        return said

    assert run_in_virtual_time(talk()) == b"hello"


def test_clock_can_be_put_forward_by_hand() -> None:
    loop = VirtualTimeLoop()
    before_s = loop.time()
    loop.advance(100)
    assert loop.time() - before_s >= 100
    loop.close()
