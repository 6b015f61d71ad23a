"""What a worker spends per event that it publishes to Redis, and per event that it hears from there.

    python -m bench.redis_path [--events 20000] [--payload 500] [--rate 500]

Starts a redis-server of its own on a free port, and one process per figure: `CPU of that process (user + system) per
event`, without its start. Beside ours stand two floors of the same run: redis-py as its manual shows it, and the
bare hiredis parser on an event loop, which does nothing with what it parsed. Both get their bytes ready-made, while
ours makes them of events, and delivers events. Two ways of coming:

- `burst`: 64 events per turn of the loop, then 2 ms for Redis to answer;
- `single`: one event at a time at a fixed rate, where the system calls and the waking of the process weigh most.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import hiredis
import uvloop
from redis.asyncio import Redis

from bench.figure import Figure
from tertulia_server.broker.opening import open_broker
from tertulia_server.broker.parcels import partition_of, wrap
from tertulia_server.broker.port import BrokerState, Publication
from tests.processes import RedisServer

CHANNEL: Final = "thread:1"
OTHER: Final = next(
    name for name in (f"thread:{n}" for n in range(2, 10_000)) if partition_of(name) == partition_of(CHANNEL)
)
"""A channel of the same partition that nobody at the receiving worker follows."""
BURST_EVENTS: Final = 64
NAME: Final = f"tertulia:0:{partition_of(CHANNEL)}"
LIMIT_S: Final = 120.0

Item = TypeVar("Item")
Role = Callable[[argparse.Namespace], Awaitable[None]]


def event(options: argparse.Namespace, seq: int) -> Publication:
    return Publication(options.channel, "epoch123", seq, "post.created", 1000 + seq, b"x" * options.payload)


class Meter:
    """CPU of this process between `begin` and `end`."""

    def begin(self) -> None:
        self._began_s = _cpu_s()

    def end(self, events: int) -> None:
        print(f"cpu_us {(_cpu_s() - self._began_s) * 1e6 / events:.3f}", flush=True)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ready() -> None:
    print("ready", flush=True)


# What publishes


def batches(options: argparse.Namespace, make: Callable[[Publication], Item]) -> list[list[Item]]:
    """All that will be published, made before the clock runs: 64 per turn, or one at a time."""
    size = BURST_EVENTS if options.way == "burst" else 1
    items = [make(event(options, seq)) for seq in range(1, options.events + 1)]
    return [items[first : first + size] for first in range(0, len(items), size)]


async def paced(
    options: argparse.Namespace, batches: list[list[Item]], publish: Callable[[list[Item]], Awaitable[None]]
) -> None:
    """Call ``publish`` as fast as Redis answers, or at the rate; that waiting costs the same for all."""
    began_s = time.monotonic()
    for number, batch in enumerate(batches, 1):
        await publish(batch)
        pause_s = 0.002 if options.way == "burst" else began_s + number / options.rate - time.monotonic()
        await asyncio.sleep(max(0.0, pause_s))


async def connected_broker(url: str, receiver: Callable[[Publication], None]) -> Any:
    broker = open_broker(url)
    await broker.start(receiver, lambda: None)
    async with asyncio.timeout(LIMIT_S):
        while broker.state is not BrokerState.CONNECTED:  # noqa: ASYNC110 - the port has a state, no event
            await asyncio.sleep(0.01)
    return broker


async def publish_ours(options: argparse.Namespace) -> None:
    broker = await connected_broker(options.url, lambda _: None)
    waiting = batches(options, lambda item: item)
    meter = Meter()
    ready()
    meter.begin()

    async def publish(batch: list[Publication]) -> None:
        broker.publish(batch)

    await paced(options, waiting, publish)
    await asyncio.sleep(0.2)
    meter.end(options.events)
    await broker.close()


async def publish_redis_py(options: argparse.Namespace) -> None:
    client = Redis.from_url(options.url)
    await client.ping()
    waiting = batches(options, lambda item: wrap(item, "elsewhere"))
    meter = Meter()
    ready()
    meter.begin()

    async def publish(batch: list[bytes]) -> None:
        async with client.pipeline(transaction=False) as pipeline:
            for parcel in batch:
                pipeline.publish(NAME, parcel)
            await pipeline.execute()

    await paced(options, waiting, publish)
    meter.end(options.events)
    await client.aclose()


class BareLine(asyncio.Protocol):
    """The hiredis parser behind a socket, and a count."""

    def __init__(self, enough: int) -> None:
        self._parser = hiredis.Reader()
        self._left = enough
        self.is_done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        while self._parser.gets() is not False:
            self._left -= 1
        if self._left <= 0:
            self.is_done.set()


def pack(*words: str | bytes) -> bytes:
    command: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub knows no str
    return command


async def bare_line(options: argparse.Namespace, enough: int) -> BareLine:
    port = int(options.url.rsplit(":", 1)[1].split("/")[0])
    _, line = await asyncio.get_running_loop().create_connection(lambda: BareLine(enough), "127.0.0.1", port)
    return line


async def publish_bare(options: argparse.Namespace) -> None:
    line = await bare_line(options, options.events)
    waiting = batches(options, lambda item: wrap(item, "elsewhere"))
    meter = Meter()
    ready()
    meter.begin()

    async def publish(batch: list[bytes]) -> None:
        line.transport.write(b"".join(pack("PUBLISH", NAME, parcel) for parcel in batch))

    await paced(options, waiting, publish)
    await line.is_done.wait()
    meter.end(options.events)


# What hears


async def hear_ours(options: argparse.Namespace) -> None:
    meter = Meter()
    done = asyncio.Event()
    count = 0

    def receive(publication: Publication) -> None:
        nonlocal count
        del publication
        count += 1
        if count >= options.events:
            done.set()

    broker = await connected_broker(options.url, receive)
    broker.follow(CHANNEL)
    await subscribed(options)
    ready()
    meter.begin()
    if options.channel == CHANNEL:
        await done.wait()
    else:
        await asyncio.to_thread(sys.stdin.readline)
    meter.end(options.events)
    await broker.close()


async def subscribed(options: argparse.Namespace) -> None:
    async with Redis.from_url(options.url) as client:
        while not dict(await client.pubsub_numsub(NAME))[NAME.encode()]:  # noqa: ASYNC110 - Redis knows
            await asyncio.sleep(0.01)


async def hear_redis_py(options: argparse.Namespace) -> None:
    client = Redis.from_url(options.url)
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    await pubsub.subscribe(NAME)
    await subscribed(options)
    meter = Meter()
    ready()
    meter.begin()
    count = 0
    while count < options.events:
        if await pubsub.get_message(timeout=None) is not None:
            count += 1
    meter.end(options.events)
    await pubsub.aclose()  # type: ignore[no-untyped-call]  # of redis-py
    await client.aclose()


async def hear_bare(options: argparse.Namespace) -> None:
    line = await bare_line(options, options.events + 1)
    line.transport.write(pack("SUBSCRIBE", NAME))
    await subscribed(options)
    meter = Meter()
    ready()
    meter.begin()
    await line.is_done.wait()
    meter.end(options.events)


ROLES: Final[dict[str, Role]] = {
    f"{verb}-{engine}": globals()[f"{verb}_{engine}"]
    for verb in ("publish", "hear")
    for engine in ("ours", "redis_py", "bare")
}


# The run


def start(role: str, options: argparse.Namespace, **changed: str) -> subprocess.Popen[str]:
    values = {"url": options.url, "events": options.events, "payload": options.payload, "rate": options.rate, **changed}
    words = [word for name, value in values.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "bench.redis_path", "--role", role, *words]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if "ready\n" not in iter(process.stdout.readline, ""):  # stops reading there; what came before are log lines
        raise SystemExit(f"{role} did not start")
    return process


def figure(process: subprocess.Popen[str]) -> float:
    output, _ = process.communicate("\n", timeout=LIMIT_S)
    return float(output.rpartition("cpu_us ")[2].split()[0])


def hear(engine: str, options: argparse.Namespace, way: str, channel: str = CHANNEL) -> float:
    hearing = start(f"hear-{engine}", options, channel=channel)
    speaking = start("publish-bare", options, way=way, channel=channel)
    figure(speaking)
    return figure(hearing)


def publish(engine: str, options: argparse.Namespace, way: str) -> float:
    return figure(start(f"publish-{engine}", options, way=way))


def measure(options: argparse.Namespace) -> list[Figure]:
    """Ours beside the bare parser, which does nothing with what it parsed."""
    figures = []
    for way in ("burst", "single"):
        few = argparse.Namespace(**{**vars(options), "events": options.events if way == "burst" else options.rate * 4})
        for title, spend in (("published to Redis", publish), ("heard from Redis", hear)):
            figures.append(Figure(f"an event {title}, {way}", "us", spend("ours", few, way), spend("bare", few, way)))
    return figures


def measure_all(folder: Path) -> list[Figure]:
    """With the options that are the default, on a Redis of our own."""
    options = defaults().parse_args([])
    redis = RedisServer("redis-server", folder)
    with contextlib.ExitStack() as stack:
        stack.callback(redis.close)
        redis.start()
        options.url = redis.url
        return measure(options)


def report(options: argparse.Namespace) -> None:
    print(f"{options.events} events of {options.payload} bytes; CPU in µs per event; single: {options.rate}/s\n")
    print(f"{'':34}{'ours':>8}{'redis-py':>10}{'hiredis':>9}{'ours / hiredis':>16}")
    for way in ("burst", "single"):
        few = argparse.Namespace(**{**vars(options), "events": options.events if way == "burst" else options.rate * 4})
        for title, measure in (("publish", publish), ("hear", hear)):
            row = [measure(engine, few, way) for engine in ("ours", "redis_py", "bare")]
            print(f"{title + ', ' + way:34}{row[0]:8.2f}{row[1]:10.2f}{row[2]:9.2f}{row[0] / row[2]:16.2f}", flush=True)
        print(f"{'hear, ' + way + ', nobody listens here':34}{hear('ours', few, way, OTHER):8.2f}", flush=True)


def defaults() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--payload", type=int, default=500, help="bytes of an encoded event")
    parser.add_argument("--rate", type=int, default=500, help="events per second, one at a time")
    for hidden in ("role", "url", "way"):
        parser.add_argument(f"--{hidden}", default="", help=argparse.SUPPRESS)
    parser.add_argument("--channel", default=CHANNEL, help=argparse.SUPPRESS)
    return parser


def main() -> None:
    options = defaults().parse_args()
    if options.role:
        uvloop.run(ROLES[options.role](options))  # type: ignore[arg-type]  # each is a coroutine function
        return
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        server = RedisServer("redis-server", Path(folder))
        stack.callback(server.close)
        server.start()
        options.url = server.url
        report(options)


if __name__ == "__main__":
    main()
