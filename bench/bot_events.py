"""What an event costs a bot, beside a bare `websockets` loop that decodes the same messages; and its memory over many.

    python -m bench.bot_events [--events 50000] [--long 200000]

A process of its own sends prepared frames as fast as they are taken. A figure is processor time (user and system) of
the receiving process per event, all of its threads.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from bench.measure import cores
from tertulia_client import Bot, PostCreated
from tertulia_client.testing import post_data, thread_data
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_client_message, decode_server_message, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.hello import hello_data

CHANNEL: Final = "thread:1"
WARM: Final = 2000
FULL: Final = 20_000
"""By now what is bounded is full: the queues, the memory of what was handled, the pages of the file."""
TEXT: Final = ("The quick talk of a full room, written down so that a post has the length of a post. " * 4)[:300]
BAR: Final = 2.5


async def send_events(connection: ServerConnection, count: int) -> None:
    """One conversation: hello, subscribed, and then all events; ends when the peer has gone."""
    await connection.send(encode(m.Hello(hello_data(heartbeat_ms=25_000, member=None)), Encoding.MSGPACK))
    async for raw in connection:
        message = decode_client_message(raw, Encoding.MSGPACK)
        if isinstance(message, m.Subscribe):
            answer = m.Subscribed(message.ref, [m.Accepted(CHANNEL, Cursor("e1", 0), count)])
            await connection.send(encode(answer, Encoding.MSGPACK))
            for seq in range(1, count + 1):
                data = {"post": post_data(seq, 1, seq, TEXT), "thread": thread_data(1, seq)}
                await connection.send(encode(m.Event(CHANNEL, seq, "post.created", data), Encoding.MSGPACK))
        elif isinstance(message, m.Ping):
            await connection.send(encode(m.Pong(message.ref), Encoding.MSGPACK))


async def serve_events(count: int) -> None:
    async def handle(connection: ServerConnection) -> None:
        await send_events(connection, count)

    subprotocols = [Subprotocol(Encoding.MSGPACK.value)]
    async with serve(handle, "127.0.0.1", 0, subprotocols=subprotocols, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.Event().wait()


class Meter:
    """Processor time from the end of the warming to the last event, and the memory at both."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen = 0
        self._begin = (0.0, 0)
        self._full_kib = 0

    def count(self) -> bool:
        """One more event; True at the last."""
        self._seen += 1
        if self._seen == WARM:
            self._begin = _used()
        if self._seen == FULL:
            self._full_kib = _used()[1]
        if self._seen < self._count:
            return False
        end = _used()
        cost_us = (end[0] - self._begin[0]) / (self._count - WARM) * 1e6
        grown_kib = {"grown_kib": end[1] - self._begin[1], "grown_when_full_kib": end[1] - (self._full_kib or end[1])}
        print(json.dumps({"us": cost_us} | grown_kib), flush=True)
        return True


def _used() -> tuple[float, int]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return usage.ru_utime + usage.ru_stime, pages * resource.getpagesize() // 1024


async def receive_bare(port: int, count: int) -> None:
    meter = Meter(count)
    subprotocols = [Subprotocol(Encoding.MSGPACK.value)]
    async with connect(f"ws://127.0.0.1:{port}/live", subprotocols=subprotocols, compression=None) as socket:
        await socket.send(encode(m.Subscribe(1, [(CHANNEL, None)]), Encoding.MSGPACK))
        async for raw in socket:
            message = decode_server_message(raw, Encoding.MSGPACK)
            if isinstance(message, m.Event) and meter.count():
                return


def receive_by_bot(port: int, count: int, state: str | None) -> None:
    meter = Meter(count)
    bot = Bot(f"http://127.0.0.1:{port}", state=state)

    @bot.on
    async def listen(_post: PostCreated) -> None:
        if meter.count():
            bot.stop()

    bot.follow(CHANNEL, since="earliest")
    asyncio.run(bot.serve())


def measure(kind: str, count: int, folder: str) -> dict[str, Any]:
    """Run one receiver against a sender of its own, each on its core."""
    places = cores()
    command = [sys.executable, "-m", "bench.bot_events", "--role"]
    sender = subprocess.Popen([*command, "send", "--events", str(count)], stdout=subprocess.PIPE, text=True)
    try:
        os.sched_setaffinity(sender.pid, {places.others})
        assert sender.stdout is not None
        port = sender.stdout.readline().strip()
        role = [*command, kind, "--port", port, "--events", str(count), "--folder", folder]
        answer = subprocess.run(
            ["taskset", "-c", str(places.server), *role], capture_output=True, text=True, check=True
        )
    finally:
        sender.kill()
        sender.wait()
    figures: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--long", type=int, default=200_000)
    parser.add_argument("--role", choices=["all", "send", "bare", "bot", "state"], default="all")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", default=".")
    options = parser.parse_args()
    if options.role == "send":
        asyncio.run(serve_events(options.events))
    elif options.role == "bare":
        asyncio.run(receive_bare(options.port, options.events))
    elif options.role in ("bot", "state"):
        state = str(Path(options.folder, "bot.db")) if options.role == "state" else None
        receive_by_bot(options.port, options.events, state)
    else:
        report(options.events, options.long)


def report(events: int, long: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bare = measure("bare", events, folder)["us"]
        print(f"{events:,} events of 300 characters, CPU per event      us   / bare  bar {BAR}")
        print(f"{'websockets loop that decodes the same':44}{bare:9.1f}   {1:5.2f}")
        for kind, name in (("bot", "bot without a file"), ("state", "bot with its state kept")):
            figure = measure(kind, events, tempfile.mkdtemp(dir=folder))["us"]
            verdict = "reached" if figure / bare <= BAR else "MISSED"
            print(f"{name:44}{figure:9.1f}   {figure / bare:5.2f}  {verdict}")
        grown = measure("state", long, tempfile.mkdtemp(dir=folder))
        print(
            f"memory after {long:,} events: {grown['grown_kib']:+,} KiB since the {WARM:,}th,"
            f" {grown['grown_when_full_kib']:+,} KiB since the {FULL:,}th"
        )


if __name__ == "__main__":
    main()
