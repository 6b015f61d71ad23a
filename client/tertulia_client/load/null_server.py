"""A server that does nothing but write: what a run against it measures is the generator, the kernel and the cable.

    python -m tertulia_client.load.null_server POSTS_PER_SECOND

It prints its port, accepts every reader, and writes the same bytes to all at planned times, which stand in the
event itself by the monotonic clock: all processes of one machine share it. It ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from tertulia_client.load.loops import run_quick
from tertulia_client.load.publisher import POST_CHARS
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.cursors import Cursor

CHANNEL: Final = "thread:1"
PLANNED_US: Final = "planned_us"
EVENT_NAME: Final = "post.created"


class NullConnection(asyncio.Protocol):
    """One reader: the handshake, one answer to whatever it sends first, and then it only listens."""

    def __init__(self, listeners: set[asyncio.Transport]) -> None:
        self._listeners = listeners
        self._websocket: ServerProtocol | None = ServerProtocol(subprotocols=[Subprotocol(Encoding.MSGPACK.value)])
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a TCP server's transports are of this kind

    def data_received(self, data: bytes) -> None:
        websocket, transport = self._websocket, self._transport
        if websocket is None or transport is None:
            return
        websocket.receive_data(data)
        for event in websocket.events_received():
            if isinstance(event, Frame):
                answer = m.Subscribed(1, [m.Accepted(CHANNEL, Cursor("null", 0), 0)])
                websocket.send_binary(encode(answer, Encoding.MSGPACK))
                self._listeners.add(transport)
                self._websocket = None
            elif isinstance(event, Request):
                websocket.send_response(websocket.accept(event))
        for answered in websocket.data_to_send():
            if answered:
                transport.write(answered)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        if self._transport is not None:
            self._listeners.discard(self._transport)


async def serve(rate: float) -> None:
    """Until standard input ends."""
    listeners: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: NullConnection(listeners), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - how the generator learns of it
    beating = asyncio.create_task(_beat(listeners, rate))
    await asyncio.to_thread(sys.stdin.read)
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    server.close()


async def _beat(listeners: set[asyncio.Transport], rate: float) -> None:
    """The seq of a reader's first event is whatever the count has come to: calibration keeps no books."""
    planned_s, seq = time.monotonic(), 0
    while True:
        planned_s, seq = planned_s + 1 / rate, seq + 1
        await asyncio.sleep(max(0.0, planned_s - time.monotonic()))
        data = {PLANNED_US: round(planned_s * 1e6), "text": "x" * POST_CHARS}
        payload = encode(m.Event(CHANNEL, seq, EVENT_NAME, data), Encoding.MSGPACK)
        frame = Frame(Opcode.BINARY, payload).serialize(mask=False)
        for transport in list(listeners):
            transport.write(frame)


if __name__ == "__main__":
    run_quick(serve(float(sys.argv[1])))
