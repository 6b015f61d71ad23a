"""`picows`, a WebSocket library in Cython."""

from __future__ import annotations

import sys
from typing import Any

import uvloop
from orders import serve_orders
from picows import WSListener, WSMsgType, WSTransport, ws_create_server

sockets: set[WSTransport] = set()


class Keep(WSListener):
    def on_ws_connected(self, transport: WSTransport) -> None:
        sockets.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        sockets.discard(transport)


async def send_all(payload: bytes, frames: int) -> None:
    for transport in sockets:
        for _ in range(frames):
            transport.send(WSMsgType.BINARY, payload)


def listen(_request: Any) -> Keep:
    return Keep()


async def main() -> None:
    await ws_create_server(listen, "127.0.0.1", int(sys.argv[1]))
    await serve_orders(send_all)


uvloop.run(main())
