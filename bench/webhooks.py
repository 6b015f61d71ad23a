"""Deliveries of webhooks per second, and the processor time of the sender for each, to a receiver on this machine;
beside a floor in the same run: bare streams that sign and send the same, and keep nothing.

    python -m bench.webhooks [--events 2000] [--side 16]

The sender, the floor and the receiver are processes of their own; the receiver has another core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.figure import Figure, print_table
from bench.measure import Program, cores
from bench.town import Crowd, found_crowd
from tertulia_server.actions.posts import create_post
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.forum.webhooks import Outcome
from tertulia_server.settings import read_settings
from tertulia_server.store.webhooks import insert_webhook
from tertulia_server.webhooks.opening import open_sender
from tertulia_server.webhooks.posting import signed_headers
from tertulia_wire.channels import thread_channel
from tertulia_wire.webhooks import write_secret

TEXT: Final = ("The quick talk of a full room, *written down* so that a post has the length of a post. " * 4)[:300]
SECRET: Final = write_secret(b"a key for the bench of webhooks.")
BODY_BYTES: Final = 1500
"""Of the floor; a delivery of a post of 300 characters has about as many."""

AT_ONCE: Final = 64
POLL_S: Final = 0.02
HEAD_END: Final = b"\r\n\r\n"
TAKEN: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True)
class Cost:
    """Processor microseconds of the sender per delivery, and deliveries per second of wall time."""

    us: float
    per_s: float


class Taker(asyncio.Protocol):
    """Says yes to each request as soon as it is whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(HEAD_END)) >= 0:
            length = int(self._data[:end].lower().split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self._data) < end + len(HEAD_END) + length:
                return
            self._data = self._data[end + len(HEAD_END) + length :]
            self._transport.write(TAKEN)  # type: ignore[attr-defined]


async def receive() -> None:
    server = await asyncio.get_running_loop().create_server(Taker, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def fill(folder: Path, events: int, side: int, port: int) -> str:
    """A database with webhooks that wait for all these posts."""
    crowd: Crowd = await found_crowd(folder, 1, 2)
    writer = Visitor(crowd.member_ids[0], "member 0", Role.MEMBER)
    channel = thread_channel(crowd.thread_ids[0])
    async with offline_actions(crowd.database) as actions:
        for number in range(side):
            values: dict[str, Any] = {"label": f"{number}", "url": f"http://127.0.0.1:{port}/in", "channel": channel}
            values |= {"secret": SECRET, "now_ms": actions.now_ms(), "most": side}
            await actions.store.write(lambda conn, values=values: insert_webhook(conn, crowd.member_ids[1], **values))
        for first in range(0, events, AT_ONCE):
            some = range(first, min(first + AT_ONCE, events))
            await asyncio.gather(
                *(create_post(actions, writer, crowd.thread_ids[0], TEXT, key=f"bench-{one:08}") for one in some)
            )
    return crowd.database


async def send(database: str, deliveries: int) -> Cost:
    """What a worker does beside its readers: the sender alone, until everything was taken."""
    settings = read_settings(database=database, webhook_networks="127.0.0.0/8")
    async with offline_actions(database) as actions:
        sender = open_sender(actions, settings)
        began_s, used_s = time.monotonic(), time.process_time()
        sender.start()
        while sender.figures.attempt_counts[Outcome.DELIVERED] < deliveries:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(POLL_S)
        cost = _cost(deliveries, began_s, used_s)
        await sender.close()
    return cost


async def send_bare(port: int, deliveries: int, side: int) -> Cost:
    """The floor: as many lines, each with one request after the other."""
    body = json.dumps({"text": "x" * (BODY_BYTES - 12)}).encode()
    began_s, used_s = time.monotonic(), time.process_time()

    async def one_line() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(deliveries // side):
            headers = signed_headers(f"1:thread:1:e:{number}", [SECRET], body, int(time.time()))
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"POST /in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}\r\n".encode() + body)
            await reader.readexactly(len(TAKEN))
        writer.close()

    await asyncio.gather(*(one_line() for _ in range(side)))
    return _cost(deliveries // side * side, began_s, used_s)


def _cost(deliveries: int, began_s: float, used_s: float) -> Cost:
    return Cost((time.process_time() - used_s) / deliveries * 1e6, deliveries / (time.monotonic() - began_s))


def measure(folder: Path, events: int, side: int) -> tuple[Cost, Cost]:
    """The sender and its floor: so many webhooks side by side, ``events`` deliveries of all of them together."""
    places = cores()
    command = [sys.executable, "-m", "bench.webhooks", "--side", str(side), "--events", str(events)]
    with Program([*command, "--role", "receive"], places.others) as receiver:
        port = receiver.line()
        folder.mkdir()
        database = asyncio.run(fill(folder, events // side, side, int(port)))
        sent, bare = (
            Cost(**json.loads(_run([*command, "--role", role, "--port", port, "--database", database], places.server)))
            for role in ("send", "bare")
        )
        return sent, bare


def _run(words: list[str], core: int) -> str:
    done = subprocess.run(["taskset", "-c", str(core), *words], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1]


def run(folder: Path, events: int = 2000, side: int = 16) -> tuple[list[Figure], list[str]]:
    figures = []
    for count in (1, side):
        sent, bare = measure(folder / f"{count}", events, count)
        name = "1 webhook" if count == 1 else f"{count} webhooks side by side"
        figures += [
            Figure(f"{name}: deliveries taken", "/s", sent.per_s, bare.per_s),
            Figure("  processor time of the sender for each", "us", sent.us, bare.us),
        ]
    return figures, [f"{events:,} posts of 300 characters, SQLite with full sync, a receiver on loopback"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--side", type=int, default=16)
    parser.add_argument("--role", choices=["all", "receive", "send", "bare"], default="all")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    deliveries = options.events // options.side * options.side
    if options.role == "receive":
        asyncio.run(receive())
    elif options.role == "send":
        print(json.dumps(asyncio.run(send(options.database, deliveries)).__dict__))
    elif options.role == "bare":
        print(json.dumps(asyncio.run(send_bare(options.port, deliveries, options.side)).__dict__))
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures, remarks = run(Path(folder), options.events, options.side)
        print_table(figures)
        print(*remarks, sep="\n")


if __name__ == "__main__":
    main()
