"""`websockets` and its own broadcast; what a client sends goes to all."""

from __future__ import annotations

import sys

import uvloop
from orders import serve_orders
from websockets.asyncio.server import ServerConnection, broadcast, serve

sockets: set[ServerConnection] = set()


async def keep(connection: ServerConnection) -> None:
    sockets.add(connection)
    try:
        async for message in connection:
            broadcast(sockets, message)
    finally:
        sockets.discard(connection)


async def send_all(payload: bytes, frames: int) -> None:
    for _ in range(frames):
        broadcast(sockets, payload)


async def main() -> None:
    async with serve(keep, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None):
        await serve_orders(send_all)


uvloop.run(main())
