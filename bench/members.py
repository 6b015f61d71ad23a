"""From post to received with thousands of different members online, and what those who are elsewhere cost a post.

    python -m bench.members [--members 3000] [--posts 20] [--rate 2]

A post carries the time at which its request was sent; each reader's socket notes when it came. The floor program
writes frames of the same size, stamped when it begins to write, to as many sockets at the same rate.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import secrets
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench.figure import Figure, show
from bench.measure import FOLDER, CServer, PythonServer, Readers, compile_c, cores
from bench.town import GREETING, Crowd, found_crowd, lines_file, subscribe_hex
from tertulia_wire.codec import Encoding

THREADS_ELSEWHERE: Final = 300
TURNS: Final = 3
BODY_CHARS: Final = 300
SETTLE_S: Final = 1.0


class Place:
    """A worker, and the members who may come to it."""

    def __init__(self, crowd: Crowd, core: int, folder: Path, program: str, readers_core: int) -> None:
        variables = {
            "TERTULIA_DATABASE": crowd.database,
            "TERTULIA_LOG_LEVEL": "warning",
            "TERTULIA_POSTS_PER_MINUTE": "0",
            "TERTULIA_WRITES_PER_MINUTE": "0",
        }
        self.server = PythonServer("bench.burst_app", core, variables)
        self._crowd = crowd
        self._folder = folder
        self._program = program
        self._readers_core = readers_core

    def readers(self, first: int, count: int, threads: list[int]) -> Readers:
        """So many members, each signed in as itself, in turn in these threads."""
        tokens = [f"Authorization: Bearer {token}" for token in self._crowd.tokens[first : first + count]]
        subscribes = [subscribe_hex(thread) for thread in threads]
        return Readers(
            self._program,
            self._readers_core,
            self.server.port,
            count,
            greeting=GREETING,
            subscribe=lines_file(self._folder / f"subscribes-{first}", subscribes),
            headers=[
                lines_file(self._folder / f"tokens-{first}", tokens),
                f"Sec-WebSocket-Protocol: {Encoding.MSGPACK.value}",
            ],
        )

    def post(self, posts: int, gap_s: float) -> float:
        """Stamped posts of one member in the first thread; CPU seconds of the server while they were written."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        before_s = self.server.cpu_s()
        for _ in range(posts):
            due_s = time.monotonic() + gap_s
            stamp = f"@@{time.clock_gettime_ns(time.CLOCK_MONOTONIC):016x} "
            body = json.dumps({"text": (stamp + secrets.token_hex(BODY_CHARS))[:BODY_CHARS]})
            headers = {
                "Authorization": f"Bearer {self._crowd.tokens[0]}",
                "Content-Type": "application/json",
                "Idempotency-Key": secrets.token_hex(8),
            }
            connection.request("POST", f"/api/threads/{self._crowd.thread_ids[0]}/posts", body, headers)
            answer = connection.getresponse()
            assert answer.status == 201, answer.read()
            answer.read()
            time.sleep(max(0.0, due_s - time.monotonic()))
        connection.close()
        return self.server.cpu_s() - before_s

    def post_cost(self, posts: int, gap_s: float) -> tuple[float, float]:
        """Microseconds of CPU per post: beyond what the worker spends without one (pings above all), and with that."""
        before_s = self.server.cpu_s()
        time.sleep(posts * gap_s)
        idle_s = self.server.cpu_s() - before_s
        spent_s = self.post(posts, gap_s)
        return (spent_s - idle_s) / posts * 1e6, spent_s / posts * 1e6


def _median(costs: list[tuple[float, float]], place: int) -> float:
    return median(cost[place] for cost in costs)


def ask_floor(floor: CServer, posts: int, frame_bytes: float, gap_s: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", floor.port, timeout=120)
    connection.request("GET", f"/send/{posts}/1/{round(frame_bytes) - 4}/{round(gap_s * 1e6)}")
    answer = connection.getresponse().read().decode()
    if "short 0" not in answer:
        raise RuntimeError(f"the readers could not follow the floor: {answer}")


def measure(members: int, posts: int, rate: float, folder: Path) -> list[Figure]:
    place, gap_s = cores(), 1 / rate
    floor_program, receiver = (compile_c(FOLDER / name, folder) for name in ("floor.c", "receiver.c"))
    crowd = asyncio.run(found_crowd(folder, 1 + THREADS_ELSEWHERE, 2 * members))
    threads = list(crowd.thread_ids)
    with ExitStack() as stack:
        ours = Place(crowd, place.server, folder, receiver, place.others)
        stack.enter_context(ours.server)
        readers = stack.enter_context(ours.readers(0, members, threads[:1]))
        ours.post(2, gap_s)
        counted = readers.wait_for(2 * members)
        readers.times()
        ours.post(posts, gap_s)
        readers.wait_for(posts * members)
        times = readers.times()
        with CServer(floor_program, place.server) as floor, Readers(receiver, place.others, floor.port, members) as raw:
            ask_floor(floor, 2, counted.bytes / counted.frames, gap_s)
            raw.wait_for(2 * members)
            raw.times()
            ask_floor(floor, posts, counted.bytes / counted.frames, gap_s)
            raw.wait_for(posts * members)
            floor_times = raw.times()
        alone, crowded = [], []
        for _ in range(TURNS):
            time.sleep(SETTLE_S)
            alone.append(ours.post_cost(posts // 2, gap_s))
            with ours.readers(members, members, threads[1:]):
                time.sleep(SETTLE_S)
                crowded.append(ours.post_cost(posts // 2, gap_s))
    name = f"post to received, {members:,} members, {rate:g} posts/s"
    return [
        Figure(f"{name}, p50", "ms", times.p50 / 1000, floor_times.p50 / 1000, 2.0),
        Figure(f"{name}, p99", "ms", times.p99 / 1000, floor_times.p99 / 1000, 2.0),
        Figure(f"a post, {members:,} more members elsewhere", "us", _median(crowded, 0), _median(alone, 0), 1.05),
        Figure("  the same with what the worker does without a post", "us", _median(crowded, 1), _median(alone, 1)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=3000)
    parser.add_argument("--posts", type=int, default=20)
    parser.add_argument("--rate", type=float, default=2.0)
    words = parser.parse_args()
    show(lambda folder: (measure(words.members, words.posts, words.rate, folder), []))


if __name__ == "__main__":
    main()
