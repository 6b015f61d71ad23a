"""A reader that stops reading beside a thousand that do not: what it costs the worker, and what it costs them.

    python -m bench.stalled [--readers 1000] [--turns 3]

The stalled one asks for the whole log of the thread, more than its socket can hold, and never reads. Posts are written
with and without it, in turns; each post carries the time at which its request was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import http.client
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from websockets.frames import Frame, Opcode

from bench.figure import Figure, show
from bench.measure import FOLDER, compile_c, cores
from bench.members import Place
from bench.town import found_crowd
from tertulia_server.settings import Settings
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Subscribe

LOG_POSTS: Final = 6000
BURST_POSTS: Final = 500
POSTS: Final = 40
GAP_S: Final = 0.1
SETTLE_S: Final = 1.5
RECEIVE_BUFFER_BYTES: Final = 4096


def fill_log(place: Place, thread_id: int, member_id: int) -> None:
    """More posts than a socket takes, before anybody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", place.server.port, timeout=120)
    for _ in range(LOG_POSTS // BURST_POSTS):
        connection.request("POST", f"/bench/burst?thread={thread_id}&member={member_id}&posts={BURST_POSTS}")
        assert connection.getresponse().read()
    connection.close()


@contextmanager
def stalled(port: int, channel: str, epoch: str) -> Iterator[None]:
    """A guest that subscribes from the beginning of the log and reads nothing."""
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        peer.connect(("127.0.0.1", port))
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        peer.sendall(
            f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Protocol: {Encoding.MSGPACK.value}\r\n\r\n".encode()
        )
        payload = encode(Subscribe(1, [(channel, Cursor(epoch, 0))]), Encoding.MSGPACK)
        peer.sendall(Frame(Opcode.BINARY, payload).serialize(mask=True))
        yield


def read_epoch(place: Place, thread_id: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", place.server.port, timeout=30)
    connection.request("GET", f"/api/log?channel=thread:{thread_id}&after=unknown.0")
    epoch = connection.getresponse().read().decode().partition('"cursor":["')[2].partition('"')[0]
    connection.close()
    return epoch


def measure(readers: int, turns: int, folder: Path) -> list[Figure]:
    cores_of = cores()
    receiver = compile_c(FOLDER / "receiver.c", folder)
    crowd = asyncio.run(found_crowd(folder, 1, readers))
    thread_id = crowd.thread_ids[0]
    place = Place(crowd, cores_of.server, folder, receiver, cores_of.others)
    alone_ms: list[float] = []
    beside_ms: list[float] = []
    grown_bytes: list[int] = []
    with place.server:
        fill_log(place, thread_id, crowd.member_ids[0])
        epoch = read_epoch(place, thread_id)
        with place.readers(0, readers, [thread_id]) as healthy:

            def run() -> float:
                healthy.counted()
                healthy.times()
                place.post(POSTS, GAP_S)
                healthy.wait_for(POSTS * readers)
                return healthy.times().p99 / 1000

            run()  # warm
            for _ in range(turns):
                alone_ms.append(run())
                before_bytes = place.server.memory_bytes()
                with stalled(place.server.port, f"thread:{thread_id}", epoch):
                    time.sleep(SETTLE_S)
                    grown_bytes.append(place.server.memory_bytes() - before_bytes)
                    beside_ms.append(run())
                time.sleep(SETTLE_S)
    settings = Settings()
    bound = (settings.max_outbox_bytes + settings.ring_budget_bytes) / 1024
    return [
        Figure(f"{readers:,} readers beside a stalled one, p99", "ms", median(beside_ms), median(alone_ms), 1.2),
        Figure(
            "memory that the stalled one took (its buffer, cached log)", "KiB", max(grown_bytes) / 1024, None, bound
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=3)
    words = parser.parse_args()
    show(lambda folder: (measure(words.readers, words.turns, folder), []))


if __name__ == "__main__":
    main()
