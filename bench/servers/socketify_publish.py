"""uWebSockets from Python, by `socketify`: its publish, which shares the message."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from orders import serve_orders
from socketify import App, OpCode

app = App()
app.ws(
    "/*",
    {
        "compression": 0,
        "max_payload_length": 1 << 20,
        "idle_timeout": 0,
        "max_backpressure": 1 << 24,
        "open": lambda ws: ws.subscribe("all"),
    },
)


async def send_all(payload: bytes, frames: int) -> None:
    for _ in range(frames):
        app.publish("all", payload, OpCode.BINARY)


def begin(_config: Any) -> None:
    asyncio.get_event_loop().create_task(serve_orders(send_all))


app.listen({"port": int(sys.argv[1]), "host": "127.0.0.1"}, begin)
app.run()
