"""What joining saves: the frames of two channels of one socket in the same turn, and events that wait for each other.

    python -m bench.rounds [--sockets 2000]

A post is an event in its thread and in its forum. Sockets that follow both get one write; the floor is the same post to
sockets that follow the thread alone. Then events come every 2 ms to fewer sockets, with and without `round_delay_ms`.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from statistics import median
from typing import Final

from websockets.frames import Frame, Opcode

from bench.fanout import Tertulia, Town, found_town
from bench.figure import Figure, Measured, show
from bench.measure import FOLDER, Readers, compile_c, cores
from bench.town import GREETING
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.messages import Subscribe

TURNS: Final = 3
ROUNDS: Final = 8
GAP_S: Final = 0.1
QUICK_EVENTS: Final = 100
QUICK_GAP_US: Final = 2000
QUICK_SOCKETS: Final = 100
DELAY_MS: Final = 10


def followers(server: Tertulia, receiver: str, core: int, count: int, channels: list[str]) -> Readers:
    message = encode(Subscribe(1, [(channel, None) for channel in channels]), Encoding.MSGPACK)
    return Readers(
        receiver,
        core,
        server.port,
        count,
        greeting=GREETING,
        subscribe=Frame(Opcode.BINARY, message).serialize(mask=True).hex(),
        headers=[f"Sec-WebSocket-Protocol: {Encoding.MSGPACK.value}"],
    )


def spend(server: Tertulia, readers: Readers, frames_per_post: int) -> float:
    """Microseconds of CPU per post and socket."""
    server.reconnect()
    server.burst(1)
    readers.wait_for(readers.count * frames_per_post)
    before_s = server.cpu_s()
    for _ in range(ROUNDS):
        server.burst(1)
        readers.wait_for(readers.count * frames_per_post)
        time.sleep(GAP_S)
    return (server.cpu_s() - before_s) / (ROUNDS * readers.count) * 1e6


def measure_channels(town: Town, receiver: str, sockets: int) -> Figure:
    place = cores()
    thread, forum = f"thread:{town.thread_id}", "forum:1"
    one: list[float] = []
    both: list[float] = []
    with Tertulia(town, place.server, "auto") as server:
        for _ in range(TURNS):
            for channels, figures in (([thread], one), ([thread, forum], both)):
                with followers(server, receiver, place.others, sockets, channels) as readers:
                    figures.append(spend(server, readers, len(channels)))
                time.sleep(0.5)
    return Figure("a post to a socket that follows thread and forum", "us", median(both), median(one))


def measure_delay(town: Town, receiver: str, delay_ms: int) -> tuple[float, float]:
    """CPU microseconds per delivery, and frames in a read."""
    place = cores()
    with (
        Tertulia(town, place.server, "auto", TERTULIA_ROUND_DELAY_MS=str(delay_ms)) as server,
        followers(server, receiver, place.others, QUICK_SOCKETS, [f"thread:{town.thread_id}"]) as readers,
    ):
        server.burst(1)
        readers.wait_for(QUICK_SOCKETS)
        before_s = server.cpu_s()
        server.burst(QUICK_EVENTS, QUICK_GAP_US)
        counted = readers.wait_for(QUICK_SOCKETS * QUICK_EVENTS)
        return (server.cpu_s() - before_s) / counted.frames * 1e6, counted.frames / counted.reads


def measure(sockets: int, folder: Path) -> Measured:
    receiver = compile_c(FOLDER / "receiver.c", folder)
    town = asyncio.run(found_town(folder))
    channels = measure_channels(town, receiver, sockets)
    (at_once_us, at_once), (joined_us, joined) = (measure_delay(town, receiver, delay) for delay in (0, DELAY_MS))
    name = f"an event every {QUICK_GAP_US // 1000} ms, round_delay_ms={DELAY_MS}, beside 0"
    return [channels, Figure(name, "us", joined_us, at_once_us)], [
        f"frames in a read: {at_once:.1f} without a delay, {joined:.1f} with {DELAY_MS} ms"
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, default=2000)
    words = parser.parse_args()
    show(lambda folder: measure(words.sockets, folder))


if __name__ == "__main__":
    main()
