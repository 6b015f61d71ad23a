"""What a connection costs before any of ours: uvicorn and Starlette accept a WebSocket and wait."""

from __future__ import annotations

import os
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket


async def accept(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive()


app = Starlette(routes=[WebSocketRoute("/live", accept)])

if __name__ == "__main__":
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_per_message_deflate=False, log_config=None, access_log=False, lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(os.environ["BENCH_SOCKET"]))])
