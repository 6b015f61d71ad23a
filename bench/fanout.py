"""What a delivery, a socket and a connection cost, each beside its floor in the same run.

    python -m bench.fanout [--sockets 5000] [--rounds 40] [--sink auto]

Server and readers are pinned to two cores. A figure is CPU time (user and system) of the server process, all threads,
per delivered frame or per connection, so that other work on the machine disturbs it little; its floor is the same
job in C (floor.c) for deliveries, and a bare accept by uvicorn and Starlette for connections.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.figure import Figure, Measured, show
from bench.measure import FOLDER, Cores, Counted, CServer, PythonServer, Readers, compile_c, cores
from bench.town import GREETING, subscribe_hex
from tertulia_server.actions.members import create_member, sign_in
from tertulia_server.actions.threads import create_thread
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.forums import create_category, create_forum
from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor

WARM_SOCKETS: Final = 300
SINGLE_GAP_S: Final = 0.15
JOINED_GAP_S: Final = 0.25
SETTLE_S: Final = 1.0
TURNS: Final = 5
JOINED_EVENTS: Final = 10
NEIGHBOUR_VARIABLE: Final = "TERTULIA_BENCH_FLOOR"
"""Names the source of another floor program, with which ours should agree within 10 %."""

PASSWORD: Final = "a password of the bench"


@dataclass(frozen=True)
class Town:
    """A database with two threads, and a member who is signed in."""

    database: str
    thread_id: int
    other_thread_id: int
    member_id: int
    cursor: Cursor
    cookie: str


async def found_town(folder: Path) -> Town:
    database = f"sqlite:///{folder / 'forum.db'}"
    async with offline_actions(database) as actions:
        member_id = await create_member(actions, "writer", password=PASSWORD, role=Role.MEMBER)
        forum_id = await actions.store.write(create_forum, await actions.store.write(create_category, "C"), "F")
        writer = Visitor(member_id, "writer", Role.MEMBER)
        outcome = await create_thread(actions, writer, forum_id, "Bench", "the first post", key="bench-thread")
        other = await create_thread(actions, writer, forum_id, "Elsewhere", "the first post", key="bench-other")
        cookie = await sign_in(actions, "writer", PASSWORD)
        return Town(database, outcome.thread["id"], other.thread["id"], member_id, outcome.cursor, cookie)


class Tertulia(PythonServer):
    """Our worker on that database."""

    def __init__(self, town: Town, core: int, sink: str, **more: str) -> None:
        variables = {
            "TERTULIA_DATABASE": town.database,
            "TERTULIA_SINK": sink,
            "TERTULIA_LOG_LEVEL": "warning",
            "TERTULIA_MAX_CONNECTIONS": "100000",
            **more,
        }
        super().__init__("bench.burst_app", core, variables)
        self._town = town
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def reconnect(self) -> None:
        """A connection that was silent for seconds has been closed."""
        self._connection.close()

    def burst(self, posts: int, gap_us: int = 0) -> None:
        town = self._town
        query = f"thread={town.thread_id}&member={town.member_id}&posts={posts}&gap_us={gap_us}"
        self._connection.request("POST", f"/bench/burst?{query}")
        answer = self._connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()

    def readers(self, program: str, core: int, count: int, *, after: Cursor | None = None, events: int = 0) -> Readers:
        """By cookie, each following the thread: greeted, answered, and given so many events behind a cursor."""
        headers = [
            f"Cookie: tertulia_sign_in={self._town.cookie}",
            f"Origin: http://127.0.0.1:{self.port}",
            f"Sec-WebSocket-Protocol: {Encoding.MSGPACK.value}",
        ]
        return Readers(
            program,
            core,
            self.port,
            count,
            greeting=GREETING + events,
            subscribe=subscribe_hex(self._town.thread_id, after),
            headers=headers,
        )


@dataclass
class Delivery:
    """CPU of the server and of the floor for the same job, in turns, and what the readers saw of the server."""

    server_us: list[float]
    floor_us: list[float]
    counted: Counted

    @property
    def frame_bytes(self) -> float:
        return self.counted.bytes / self.counted.frames

    def figure(self, name: str, bar: float) -> Figure:
        return Figure(name, "us", median(self.server_us), median(self.floor_us), bar)


@dataclass(frozen=True)
class Pair:
    """The server and the floor, each with as many readers."""

    server: Tertulia
    server_readers: Readers
    floor: CServer
    floor_readers: Readers

    def deliver(self, rounds: int, events: int, gap_s: float) -> Delivery:
        """In turns of a few rounds each, so that both meet the same other work on the machine."""
        self.server.reconnect()
        self._serve(1, events, gap_s)
        result = Delivery([], [], Counted(0, 0, 0, 0))
        for _ in range(TURNS):
            cpu_us, counted = self._serve(max(1, rounds // TURNS), events, gap_s)
            result.server_us.append(cpu_us)
            result.counted += counted
            result.floor_us.append(self._floor(max(1, rounds // TURNS), events, result.frame_bytes, gap_s))
        return result

    def _serve(self, rounds: int, events: int, gap_s: float) -> tuple[float, Counted]:
        """All readers are served before the next round begins."""
        total = Counted(0, 0, 0, 0)
        before_s = self.server.cpu_s()
        for _ in range(rounds):
            due_s = time.monotonic() + gap_s
            self.server.burst(events)
            total += self.server_readers.wait_for(self.server_readers.count * events)
            time.sleep(max(0.0, due_s - time.monotonic()))
        return (self.server.cpu_s() - before_s) / total.frames * 1e6, total

    def _floor(self, rounds: int, events: int, frame_bytes: float, gap_s: float) -> float:
        """Frames of the same size. Its own sleep is the gap."""
        connection = http.client.HTTPConnection("127.0.0.1", self.floor.port, timeout=120)
        before_s = self.floor.cpu_s()
        connection.request("GET", f"/send/{rounds}/{events}/{round(frame_bytes) - 4}/{round(gap_s * 1e6)}")
        answer = connection.getresponse().read().decode()
        cpu_s = self.floor.cpu_s() - before_s
        if "short 0" not in answer:
            raise RuntimeError(f"the readers could not follow the floor: {answer}")
        frames = self.floor_readers.count * rounds * events
        self.floor_readers.wait_for(frames)
        return cpu_s / frames * 1e6


def connect_bare(receiver: str, place: Cores, count: int) -> tuple[float, float]:
    """Microseconds and bytes per connection of uvicorn and Starlette."""
    with PythonServer("bench.bare_app", place.server) as server:
        with Readers(receiver, place.others, server.port, WARM_SOCKETS):
            time.sleep(SETTLE_S)
        time.sleep(SETTLE_S)
        memory, before_s = server.memory_bytes(), server.cpu_s()
        with Readers(receiver, place.others, server.port, count):
            cpu_s = server.cpu_s() - before_s
            time.sleep(SETTLE_S)
            return cpu_s / count * 1e6, (server.memory_bytes() - memory) / count


def compare_floors(programs: tuple[str, str], receiver: str, place: Cores, sockets: int, frame_bytes: float) -> Figure:
    """Ours and another's, alone on the machine and in turns."""
    spent: tuple[list[float], list[float]] = ([], [])
    posts, payload = 5, round(frame_bytes) - 4
    paths = (
        f"/send/{posts}/1/{payload}/{round(SINGLE_GAP_S * 1e6)}",
        f"/go?n={posts}&rate={1 / SINGLE_GAP_S:.3f}&size={payload}&batch=1",  # which is answered before it is done
    )
    with ExitStack() as stack:
        floors = [stack.enter_context(CServer(program, place.server)) for program in programs]
        readers = [stack.enter_context(Readers(receiver, place.others, floor.port, sockets)) for floor in floors]
        for _ in range(TURNS + 1):
            for floor, crowd, path, figures in zip(floors, readers, paths, spent, strict=True):
                connection = http.client.HTTPConnection("127.0.0.1", floor.port, timeout=120)
                before_s = floor.cpu_s()
                connection.request("GET", path)
                connection.getresponse().read()
                crowd.wait_for(sockets * posts)
                figures.append((floor.cpu_s() - before_s) / (sockets * posts) * 1e6)
    ours_us, theirs_us = (median(figures[1:]) for figures in spent)  # the first turn was the warm one
    return Figure("our floor beside the neighbour's", "us", ours_us, theirs_us, 1.1)


def measure(sockets: int, rounds: int, sink: str, folder: Path) -> Measured:
    place = cores()
    floor_program, receiver = (compile_c(FOLDER / name, folder) for name in ("floor.c", "receiver.c"))
    town = asyncio.run(found_town(folder))
    bare_us, bare_bytes = connect_bare(receiver, place, sockets)
    with ExitStack() as stack:
        server = stack.enter_context(Tertulia(town, place.server, sink))
        with server.readers(receiver, place.others, WARM_SOCKETS) as warm:
            server.burst(1)
            warm.wait_for(WARM_SOCKETS)
        time.sleep(SETTLE_S)
        memory, before_s = server.memory_bytes(), server.cpu_s()
        readers = stack.enter_context(server.readers(receiver, place.others, sockets))
        connect_us = (server.cpu_s() - before_s) / sockets * 1e6
        time.sleep(SETTLE_S)
        socket_bytes = (server.memory_bytes() - memory) / sockets
        floor = stack.enter_context(CServer(floor_program, place.server))
        floor_readers = stack.enter_context(Readers(receiver, place.others, floor.port, sockets))
        pair = Pair(server, readers, floor, floor_readers)
        single = pair.deliver(rounds, 1, SINGLE_GAP_S)
        joined = pair.deliver(rounds, JOINED_EVENTS, JOINED_GAP_S)
        figures = [
            single.figure(f"delivery to {sockets:,} sockets, one event at a time", 1.25),
            joined.figure(f"delivery to {sockets:,} sockets, {JOINED_EVENTS} events per round", 1.6),
            Figure("memory per idle socket with a subscription", "KiB", socket_bytes / 1024, None, 8.0),
            Figure("connect, sign in by cookie, subscribe", "us", connect_us, bare_us, 0.65),
        ]
    remarks = [
        f"sink {sink}; frames of {single.frame_bytes:.0f} bytes",
        f"bare uvicorn and Starlette: {bare_us:.0f} us per connection, {bare_bytes / 1024:.1f} KiB per socket",
    ]
    if neighbour := os.environ.get(NEIGHBOUR_VARIABLE):
        programs = (floor_program, compile_c(Path(neighbour), folder))
        figures.append(compare_floors(programs, receiver, place, sockets, single.frame_bytes))
    return figures, remarks


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--sink", default="auto", choices=["auto", "portable"])
    words = parser.parse_args()
    show(lambda folder: measure(words.sockets, words.rounds, words.sink, folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
