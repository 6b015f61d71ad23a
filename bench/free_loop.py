"""How much longer a request waits while its worker serves a crowd: 10,000 sockets in one thread, pages on the side.

    python -m bench.free_loop [--sockets 10000] [--seconds 5]

One request after the other for the page of another thread, first while all is quiet, then while every 250 ms a post
goes to all sockets. Only requests that began while a broadcast was under way are counted, so that quiet moments do
not hide the others.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from typing import Final

from bench.fanout import Tertulia, found_town
from bench.figure import Figure, show
from bench.measure import FOLDER, compile_c, cores

GAP_S: Final = 0.25
PAUSE_S: Final = 0.001
SETTLE_S: Final = 1.0


class Asker(threading.Thread):
    """Asks for one address again and again; notes when each request began, and how long it took."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__()
        self._connection = socket.create_connection(("127.0.0.1", port))
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        self._is_over = threading.Event()
        self.times: list[tuple[float, float]] = []

    def run(self) -> None:
        with self._connection:
            while not self._is_over.is_set():
                began_s = time.monotonic()
                self._ask()
                self.times.append((began_s, time.monotonic() - began_s))
                time.sleep(PAUSE_S)

    def stop(self) -> None:
        self._is_over.set()
        self.join()

    def _ask(self) -> None:
        self._connection.sendall(self._request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._connection.recv(1 << 20)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += self._connection.recv(1 << 20)


def ask_while(asker: Asker, seconds: float) -> list[tuple[float, float]]:
    asker.start()
    time.sleep(seconds)
    asker.stop()
    return asker.times


def percentiles_ms(times_s: list[float]) -> tuple[float, float]:
    """Median and 99th."""
    cuts = quantiles(times_s, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def measure(sockets: int, seconds: float, folder: Path) -> list[Figure]:
    place = cores()
    receiver = compile_c(FOLDER / "receiver.c", folder)
    town = asyncio.run(found_town(folder))
    with ExitStack() as stack:
        server = stack.enter_context(Tertulia(town, place.server, "auto"))
        readers = stack.enter_context(server.readers(receiver, place.others, sockets))
        server.reconnect()
        server.burst(1)
        readers.wait_for(sockets)
        time.sleep(SETTLE_S)
        path = f"/threads/{town.other_thread_id}-elsewhere"
        quiet = [took_s for _, took_s in ask_while(Asker(server.port, path), seconds)]
        server.reconnect()
        asker = Asker(server.port, path)
        asker.start()
        spans = []
        for _ in range(int(seconds / GAP_S)):
            began_s = time.monotonic()
            server.burst(1)
            readers.wait_for(sockets)
            spans.append((began_s, time.monotonic()))
            time.sleep(max(0.0, began_s + GAP_S - time.monotonic()))
        asker.stop()
    during = [took_s for at_s, took_s in asker.times if any(first <= at_s < last for first, last in spans)]
    (quiet_p50, quiet_p99), (p50, p99) = percentiles_ms(quiet), percentiles_ms(during)
    name = f"a page while {sockets:,} sockets are served"
    return [
        Figure(f"{name}: waits more, p50", "ms", p50 - quiet_p50, None, 5.0),
        Figure(f"{name}: waits more, p99", "ms", p99 - quiet_p99, None, 10.0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    words = parser.parse_args()
    show(lambda folder: (measure(words.sockets, words.seconds, folder), []))


if __name__ == "__main__":
    main()
