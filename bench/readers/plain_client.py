"""The asyncio client of `websockets`, one task for each reader, as its manual has it; each event is decoded."""

from __future__ import annotations

import asyncio
import json
import os

import uvloop
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

URL, THREAD = os.environ["URL"], os.environ["THREAD"]
AT_ONCE = 100


async def read(gate: asyncio.Semaphore) -> None:
    async with gate:
        line = await connect(
            URL, subprotocols=[Subprotocol("tertulia.v1.json")], compression=None, ping_interval=None, proxy=None
        )
        await line.send(json.dumps(["subscribe", 1, [[f"thread:{THREAD}", None]]]))
    async for message in line:
        json.loads(message)


async def main() -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for _ in range(int(os.environ["READERS"])):
            group.create_task(read(gate))


uvloop.run(main())
