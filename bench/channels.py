"""Very many channels with two listeners each, beside one hot thread with as many: what a worker's hub spends on either.

    python -m bench.channels [--channels 100000]

No sockets and no store: `bench/fanout.py` and `bench/threads.py` measure these. Here is only what grows with the number
of channels: memory, the way into a channel, an event, a sweep that finds heads which moved, and a second without
events, in which presence tells some of the threads who reads them. The sinks take each frame and count it. One process
on one core, with the collector as a worker sets it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import uvloop

from bench.figure import Figure, Measured, print_table
from bench.measure import cores
from tertulia_server.broker.port import Publication
from tertulia_server.cli.collector import calm_collector
from tertulia_server.hub.crowd import Reader
from tertulia_server.hub.frame import Frame
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Grant, Listener
from tertulia_server.hub.ports import ReadDone
from tertulia_server.hub.presence import Presence
from tertulia_wire.codec import Encoding

LISTENERS: Final = 2
EVENTS: Final = 20_000
HOT_EVENTS: Final = 10
SWEPT_HEADS: Final = 500
PAYLOAD: Final = b"x" * 1_100
EPOCH: Final = "e1"


class CountingSink:
    """Takes all."""

    pipe: Final = None

    __slots__ = ("count", "encoding", "on_writable")

    def __init__(self) -> None:
        self.encoding = Encoding.MSGPACK
        self.on_writable: Callable[[], None] = _nothing
        self.count = 0

    def push(self, frame: Frame) -> bool:
        self.count += len(frame.payloads)
        return True

    def close(self, code: int, reason: str) -> None:
        del code, reason


class NoLog:
    """Nothing is missing here, so nothing is read."""

    def read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        raise NotImplementedError


class Crowd:
    """A hub, and so many listeners for each of its channels."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.hub = Hub(loop, NoLog(), budget_bytes=1 << 26, follow=_take, unfollow=_take)
        self.hub.renew(EPOCH, {})
        self.presence = Presence(loop, "bench", publish=_take, follow=_take, unfollow=_take)
        self.sinks: list[CountingSink] = []
        self.listeners: list[Listener] = []

    def join(self, channel: str, count: int) -> None:
        """As `Following.subscribe` does with the store's answer, and a page that says that it reads."""
        for _ in range(count):
            sink = CountingSink()
            listener = self.hub.connect(sink)
            with self.hub.hold([channel]):
                listener.subscribe(1, [Grant(channel, None, 0, 1)])
            listener.on_leave = self.presence.away
            self.presence.read(listener, channel, Reader(len(self.sinks), "somebody"))
            self.sinks.append(sink)
            self.listeners.append(listener)

    def publish(self, channel: str, seq: int) -> None:
        self.hub.receive(Publication(channel, EPOCH, seq, "post.created", seq, PAYLOAD))

    async def served(self, count: int) -> None:
        """Until so many frames were taken beside the greetings."""
        while self.hub.figures.delivery_count < count:  # noqa: ASYNC110 - the hub tells nobody
            await asyncio.sleep(0)


def _nothing() -> None:
    return None


def _take(_what: object) -> None:
    return None


def _memory_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def _fill(channels: Sequence[str], listeners: int) -> tuple[Crowd, float, float]:
    """The crowd, and for each listener the microseconds and bytes that it cost."""
    crowd, before_bytes, began_s = Crowd(), _memory_bytes(), time.process_time()
    for number, channel in enumerate(channels):
        crowd.join(channel, listeners)
        if number % 1_000 == 0:
            await asyncio.sleep(0)
    while crowd.hub.figures.live_count < len(channels) * listeners:  # noqa: ASYNC110 - it has no event for it
        await asyncio.sleep(0)
    spent_us = (time.process_time() - began_s) / len(crowd.listeners) * 1e6
    return crowd, spent_us, (_memory_bytes() - before_bytes) / len(crowd.listeners)


async def _events(crowd: Crowd, channels: Sequence[str], rounds: int, listeners: int) -> float:
    """Microseconds for each delivery."""
    before = crowd.hub.figures.delivery_count
    began_s = time.process_time()
    for seq in range(1, rounds + 1):
        for first in range(0, len(channels), 100):
            part = channels[first : first + 100]
            for channel in part:
                crowd.publish(channel, seq)
            before += len(part) * listeners
            await crowd.served(before)
    return (time.process_time() - began_s) / (len(channels) * listeners * rounds) * 1e6


async def _idle_ms(seconds: float) -> float:
    began_s = time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - began_s) / seconds * 1000


async def _measure(count: int) -> list[Figure]:
    name = f"{count:,} channels with {LISTENERS} listeners"
    hot, hot_join_us, hot_bytes = await _fill(["thread:1"], count * LISTENERS)
    hot_us = await _events(hot, ["thread:1"], HOT_EVENTS, count * LISTENERS)
    del hot
    gc.collect()
    channels = [f"thread:{number}" for number in range(1, count + 1)]
    many, join_us, many_bytes = await _fill(channels, LISTENERS)
    many_us = await _events(many, channels[:EVENTS], 1, LISTENERS)
    idle_ms = await _idle_ms(5.0)
    began_s = time.process_time()
    for channel in channels[-SWEPT_HEADS:]:
        many.hub.notice_head(channel, EPOCH, 0)
    sweep_us = (time.process_time() - began_s) * 1e6
    return [
        Figure(f"{name}: memory per listener", "KiB", many_bytes / 1024, hot_bytes / 1024),
        Figure("  joining, per listener", "us", join_us, hot_join_us),
        Figure("  an event, per delivery", "us", many_us, hot_us),
        Figure("  a second without events, telling who reads", "ms", idle_ms),
        Figure(f"  a sweep that finds {SWEPT_HEADS} heads", "us", sweep_us),
    ]


def measure(count: int) -> Measured:
    cores()
    calm_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(_measure(count))
    return figures, ["floor: one thread with as many listeners; without sockets and store"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=100_000)
    print_table(*measure(parser.parse_args().channels))


if __name__ == "__main__":
    main()
