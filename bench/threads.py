"""Many threads with a reader at each of two workers, posts at a steady rate over Redis: what each post costs.

    python -m bench.threads [--threads 10000] [--rate 500] [--seconds 6]

Both workers share one core, a SQLite file and a Redis; every thread has one reader at each. Posts come over HTTP, in
turn to both workers. Posts in threads that nobody reads are the floor, in the same run and in turns: what is spent
beyond that went into two deliveries, one of them by way of Redis.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final, cast

import uvloop

from bench.figure import Figure, show
from bench.measure import FOLDER, PythonServer, Readers, compile_c, cores
from bench.town import GREETING, found_crowd, lines_file, subscribe_hex
from tertulia_server.cli.offline import offline_actions
from tertulia_server.store.notifying import has_backlog
from tertulia_wire.codec import Encoding
from tests.processes import RedisServer

CONNECTIONS: Final = 32
"""Per worker."""
THREADS_UNREAD: Final = 1000
TURNS: Final = 3
BODY_CHARS: Final = 300
SETTLE_S: Final = 0.5
TOLD_LIMIT_S: Final = 60.0


class Poster(asyncio.Protocol):
    """One connection: a request at a time, the answer's status is all that is read of it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[None] | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or self._answer is None:
            return
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        if len(body) >= length:
            self._buffer = b""
            if head[9:12] == b"201":
                self._answer.set_result(None)
            else:
                self._answer.set_exception(RuntimeError(head.decode("latin-1") + body.decode()))

    async def post(self, thread_id: int, token: str) -> None:
        assert self._transport is not None
        body = json.dumps({"text": secrets.token_hex(BODY_CHARS // 2)}).encode()
        head = (
            f"POST /api/threads/{thread_id}/posts HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {secrets.token_hex(8)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + body)
        await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def post_at_rate(
    ports: Sequence[int], thread_ids: Sequence[int], tokens: Sequence[str], rate: int, seconds: float
) -> int:
    """Posts at their planned times, as far as free connections allow; how many were acknowledged."""
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[Poster] = asyncio.Queue()
    for number in range(CONNECTIONS * len(ports)):
        _, poster = await loop.create_connection(Poster, "127.0.0.1", ports[number % len(ports)])
        free.put_nowait(poster)
    threads = random.sample(list(thread_ids), len(thread_ids))
    began_s, count = time.monotonic(), round(rate * seconds)

    async def post(poster: Poster, number: int) -> None:
        await poster.post(threads[number % len(threads)], tokens[number % len(tokens)])
        free.put_nowait(poster)

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, began_s + number / rate - time.monotonic()))
            group.create_task(post(await free.get(), number))
    while not free.empty():
        free.get_nowait().close()
    return count


async def until_all_is_told(database: str) -> None:
    """The workers tell members of posts behind them: what is left of others is not to be counted among the next."""
    deadline_s = time.monotonic() + TOLD_LIMIT_S
    async with offline_actions(database) as actions:
        while await actions.store.read(has_backlog):
            if time.monotonic() > deadline_s:
                raise RuntimeError("The workers do not get done with telling members of posts")
            await asyncio.sleep(0.1)


def measure(threads: int, rate: int, seconds: float, folder: Path) -> list[Figure]:
    place = cores()
    receiver = compile_c(FOLDER / "receiver.c", folder)
    crowd = asyncio.run(found_crowd(folder, threads + THREADS_UNREAD, 64))
    with ExitStack() as stack:
        redis = RedisServer("redis-server", folder)
        stack.callback(redis.close)
        redis.start()
        variables = {
            "TERTULIA_DATABASE": crowd.database,
            "TERTULIA_BROKER": redis.url,
            "TERTULIA_LOG_LEVEL": "warning",
            "TERTULIA_POSTS_PER_MINUTE": "0",
            "TERTULIA_WRITES_PER_MINUTE": "0",
        }
        workers = [stack.enter_context(PythonServer("bench.burst_app", place.server, variables)) for _ in range(2)]
        ports = [worker.port for worker in workers]
        read, unread = crowd.thread_ids[:threads], crowd.thread_ids[threads:]
        subscribes = lines_file(folder / "subscribes", [subscribe_hex(thread) for thread in read])
        headers = [f"Sec-WebSocket-Protocol: {Encoding.MSGPACK.value}"]
        readers = [
            stack.enter_context(
                Readers(receiver, place.others, port, threads, greeting=GREETING, subscribe=subscribes, headers=headers)
            )
            for port in ports
        ]

        def spend(ids: Sequence[int], seconds: float) -> float:
            """CPU microseconds of both workers per post, with telling members of it."""
            asyncio.run(until_all_is_told(crowd.database))
            time.sleep(SETTLE_S)
            before_s = sum(worker.cpu_s() for worker in workers)
            posts = uvloop.run(post_at_rate(ports, ids, crowd.tokens, rate, seconds))
            for reader in readers:
                reader.wait_for(posts if ids is read else 0)
            asyncio.run(until_all_is_told(crowd.database))
            return (sum(worker.cpu_s() for worker in workers) - before_s) / posts * 1e6

        spend(unread, 1.0)  # warm
        turns = [(spend(unread, seconds / TURNS), spend(read, seconds / TURNS)) for _ in range(TURNS)]
    unread_us, read_us = (median(turn[place] for turn in turns) for place in (0, 1))
    delivery_us = median(turn[1] - turn[0] for turn in turns) / 2
    return [
        Figure(f"{threads:,} threads of 2 readers, {rate} posts/s, 2 workers: a post", "us", read_us, unread_us),
        Figure("  a delivery, half of them by way of Redis", "us", delivery_us),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=9.0)
    words = parser.parse_args()
    show(lambda folder: (measure(words.threads, words.rate, words.seconds, folder), []))


if __name__ == "__main__":
    main()
