"""Starlette under uvicorn, in the way of its manual: ``await websocket.send_bytes`` for one after the other."""

from __future__ import annotations

import asyncio
import sys

import uvicorn
import uvloop
from orders import serve_orders
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

sockets: set[WebSocket] = set()


async def keep(websocket: WebSocket) -> None:
    await websocket.accept()
    sockets.add(websocket)
    await websocket.receive()
    sockets.discard(websocket)


async def send_all(payload: bytes, frames: int) -> None:
    for websocket in sockets:
        for _ in range(frames):
            await websocket.send_bytes(payload)


async def main() -> None:
    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/live", keep)]),
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    await serve_orders(send_all)
    serving.cancel()


uvloop.run(main())
