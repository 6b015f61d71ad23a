from __future__ import annotations

import asyncio

import pytest

from tertulia_client.load.cut_off import CAN_ASK, is_cut_off


@pytest.mark.skipif(not CAN_ASK, reason="only Linux tells the state of a connection")
async def test_end_is_known_though_nobody_reads() -> None:
    taken: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda _, writer: taken.set_result(writer), "127.0.0.1", 0)
    async with asyncio.timeout(10), server:
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, "127.0.0.1", server.sockets[0].getsockname()[1]
        )
        transport.pause_reading()
        writer = await taken
        assert not is_cut_off(transport)
        writer.transport.abort()
        while not is_cut_off(transport):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
        transport.abort()
    assert not is_cut_off(asyncio.BaseTransport())
