"""Readers who are cut off together and come back together, each some events behind: how long, and at what cost.

    python -m bench.comeback [--readers 500,5000] [--threads 1,1000] [--behind 50] [--sink portable]

For each row a server is started on a fresh database, the readers become live, the server is killed, posts are
written while it is away, and it is started again. The readers then return as clients do: after a wait of their own
between 0 and 0.5 s, or what the server tells them. A row ends when each reader has each event once, in order.

Times begin when the server serves again. CPU is the server's alone, from its own metrics; on two cores the readers, who
are all in this process, take their share of the time. All figures are of one run.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from tertulia_client.address import ServerAddress, parse_address
from tertulia_client.backoff import full_jitter_s
from tertulia_client.load.light_reader import Decoder, LightReader, handshake_of
from tertulia_server.actions.members import create_member
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.forums import create_category, create_forum
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event
from tests.processes import TertuliaServer

LIMIT_S: Final = 120.0
CONNECTING_AT_FIRST: Final = 100
WRITES_AT_ONCE: Final = 500
TEXT: Final = "The quick talk of a full room, *written down* so that a post has the length of a post.\n\n> quoted\n\n"


@dataclass(frozen=True)
class Forum:
    """Threads, and where their channels stood when the readers were cut off."""

    author: Visitor
    thread_ids: Sequence[int]
    cursors: Sequence[Cursor]


async def found(database: str, threads: int) -> Forum:
    async with offline_actions(database) as actions:
        forum_id = await actions.store.write(create_forum, await actions.store.write(create_category, "A"), "Talk")
        author = Visitor(await create_member(actions, "author", is_bot=True), "author", Role.MEMBER, is_bot=True)
        outcomes = []
        for first in range(0, threads, WRITES_AT_ONCE):
            some = range(first, min(first + WRITES_AT_ONCE, threads))
            outcomes += await asyncio.gather(
                *(create_thread(actions, author, forum_id, f"T {n}", TEXT, key=f"thread-{n:08}") for n in some)
            )
        return Forum(author, [outcome.thread["id"] for outcome in outcomes], [outcome.cursor for outcome in outcomes])


async def write_posts(database: str, forum: Forum, posts: int) -> None:
    async with offline_actions(database) as actions:
        for number in range(posts):
            for first in range(0, len(forum.thread_ids), WRITES_AT_ONCE):
                await asyncio.gather(
                    *(
                        create_post(actions, forum.author, thread_id, TEXT * 3, key=f"post-{thread_id}-{number:06}")
                        for thread_id in forum.thread_ids[first : first + WRITES_AT_ONCE]
                    )
                )


class Returning:
    """The book of all readers: each at its own place, with its own next try."""

    def __init__(self, address: ServerAddress, forum: Forum, readers: int) -> None:
        self._address = address
        self._forum = forum
        self._decoder = Decoder()
        self._rng = random.Random(1)
        self._cursors = [forum.cursors[number % len(forum.cursors)] for number in range(readers)]
        self._readers: dict[int, LightReader] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts = [0] * readers
        self._target_seq: int | None = None
        self._began_s = 0.0
        self.live_count = 0
        self.all_live = asyncio.Event()
        self.all_there = asyncio.Event()
        self.times_s: list[float] = []
        self.faults: list[str] = []
        self.refused_count = 0
        self.is_away = False

    async def connect_all(self) -> None:
        gate = asyncio.Semaphore(CONNECTING_AT_FIRST)

        async def connect(number: int) -> None:
            async with gate:
                await self._connect(number)

        await asyncio.gather(*(connect(number) for number in range(len(self._cursors))))
        await self.all_live.wait()

    def come_back(self, behind: int) -> None:
        self._target_seq = self._forum.cursors[0].seq + behind
        self._began_s = time.monotonic()
        for number in range(len(self._cursors)):
            self._try_later(number)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for reader in self._readers.values():
            reader.close()

    def subscribed(self, reader: LightReader, cursor: Cursor, head: int) -> None:
        del head
        if cursor != self._cursors[reader.number]:
            self.faults.append(f"reader {reader.number} was accepted at {cursor}")
        self.live_count += 1
        if self.live_count == len(self._cursors):
            self.all_live.set()

    def refused(self, reader: LightReader, number: int, sentence: str) -> None:
        del number, sentence
        self.refused_count += 1
        reader.close()
        self._try_later(reader.number)

    def received(self, reader: LightReader, event: Event) -> None:
        held = self._cursors[reader.number]
        if event.seq != held.seq + 1:
            self.faults.append(f"reader {reader.number} got {event.seq} after {held.seq}")
        self._cursors[reader.number] = Cursor(held.epoch, event.seq)
        if event.seq == self._target_seq:
            self.times_s.append(time.monotonic() - self._began_s)
            if len(self.times_s) == len(self._cursors):
                self.all_there.set()

    def was_reset(self, reader: LightReader, cursor: Cursor) -> None:
        self.faults.append(f"reader {reader.number} was reset to {cursor}")

    def lost(self, reader: LightReader, reason: str) -> None:
        del reason
        if not self.is_away:
            self._try_later(reader.number)

    def _try_later(self, number: int) -> None:
        task = asyncio.get_running_loop().create_task(self._try(number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, number: int) -> None:
        await asyncio.sleep(full_jitter_s(self._rng, self._attempts[number]))
        self._attempts[number] += 1
        try:
            await self._connect(number)
        except OSError:
            self._try_later(number)

    async def _connect(self, number: int) -> None:
        channel = f"thread:{self._forum.thread_ids[number % len(self._forum.thread_ids)]}"
        handshake = handshake_of(self._address, channel, self._cursors[number])
        reader = LightReader(number, handshake, book=self, decoder=self._decoder)
        self._readers[number] = reader
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: reader, self._address.host, self._address.port)


def figures_of(url: str) -> dict[str, float]:
    """Name and labels but ``worker``, of one worker."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return {
        " ".join([sample.name, *(v for k, v in sorted(sample.labels.items()) if k != "worker")]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def longest_lag(figures: dict[str, float]) -> str:
    """The bucket in which the latest look at the loop fell."""
    prefix = "tertulia_loop_lag_seconds_bucket "
    buckets = [(name.removeprefix(prefix), count) for name, count in figures.items() if name.startswith(prefix)]
    return next(bound for bound, count in buckets if count == buckets[-1][1])


async def measure(folder: Path, readers: int, threads: int, behind: int, sink: str) -> str:
    variables = {"TERTULIA_SINK": sink, "TERTULIA_LOG_LEVEL": "error"}
    server = TertuliaServer(folder, variables=variables)
    forum = await found(server.database, threads)
    await asyncio.to_thread(server.start)
    returning = Returning(parse_address(server.url), forum, readers)
    try:
        async with asyncio.timeout(LIMIT_S):
            await returning.connect_all()
        returning.is_away = True
        await asyncio.to_thread(server.kill)
        await write_posts(server.database, forum, behind)
        await asyncio.to_thread(server.start)
        before = await asyncio.to_thread(figures_of, server.url)
        returning.is_away = False
        returning.come_back(behind)
        async with asyncio.timeout(LIMIT_S):
            await returning.all_there.wait()
        after = await asyncio.to_thread(figures_of, server.url)
    finally:
        returning.close()
        server.close()
    return row_of(returning, before, after, readers, threads)


def row_of(returning: Returning, before: dict[str, float], after: dict[str, float], readers: int, threads: int) -> str:
    def grown(name: str) -> float:
        return after[name] - before[name]

    times_s = sorted(returning.times_s)
    cpu_s = grown("tertulia_cpu_seconds_total")
    cells = [
        f"{readers:7,}",
        f"{threads:7,}",
        f"{statistics.median(times_s):8.2f}",
        f"{times_s[-1]:7.2f}",
        f"{cpu_s:6.2f}",
        f"{cpu_s / readers * 1e6:10.0f}",
        f"{grown('tertulia_log_reads_total'):9.0f}",
        f"{grown('tertulia_store_delay_seconds_count read'):11.0f}",
        f"{returning.refused_count:7}",
        f"{longest_lag(after):>8}",
        f"{after['tertulia_memory_bytes'] / 2**20:7.0f}",
        f"{len(returning.faults):6}",
    ]
    return " | ".join(cells)


HEADER: Final = (
    "readers | threads | median s |  all s |  CPU s | µs/reader | log reads | store reads | refused | lag ≤ s | RSS MiB"
    " | faults"
)


async def run(arguments: argparse.Namespace) -> None:
    print(HEADER, flush=True)
    for threads in arguments.threads:
        for readers in arguments.readers:
            with tempfile.TemporaryDirectory() as name:
                row = await measure(Path(name), readers, threads, arguments.behind, arguments.sink)
            print(row, flush=True)


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--readers", type=numbers, default=[500, 5000], help="at most 7,000: two files per reader")
    parser.add_argument("--threads", type=numbers, default=[1, 1000])
    parser.add_argument("--behind", type=int, default=50)
    parser.add_argument("--sink", default="portable", choices=["portable", "auto"])
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
