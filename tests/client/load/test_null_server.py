from __future__ import annotations

import asyncio

from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tertulia_client.load.null_server import NullConnection
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_server_message, encode


async def test_it_shakes_hands_and_subscribes_whoever_comes() -> None:
    listeners: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: NullConnection(listeners), "127.0.0.1", 0)
    async with asyncio.timeout(10), server:
        port = server.sockets[0].getsockname()[1]
        client = ClientProtocol(
            parse_uri(f"ws://127.0.0.1:{port}/live"), subprotocols=[Subprotocol(Encoding.MSGPACK.value)]
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        client.send_request(client.connect())
        writer.writelines(client.data_to_send())
        client.receive_data(await reader.readuntil(b"\r\n\r\n"))
        client.send_binary(encode(m.Subscribe(1, [("thread:1", None)]), Encoding.MSGPACK))
        writer.writelines(client.data_to_send())
        client.receive_data(await reader.read(1000))
        frames = [event for event in client.events_received() if isinstance(event, Frame)]
        assert isinstance(decode_server_message(bytes(frames[0].data), Encoding.MSGPACK), m.Subscribed)
        assert len(listeners) == 1
        writer.close()
        while listeners:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.005)
