"""Workers with a broker each, and ways to wait for what they hear and say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from tertulia_server.broker.addresses import read_target
from tertulia_server.broker.parcels import partition_of
from tertulia_server.broker.port import BrokerState, Publication
from tertulia_server.broker.redis import RedisBroker
from tertulia_server.broker.timing import Timing

LIMIT_S: Final = 20.0
CHANNEL: Final = "thread:1"
QUICK: Final = Timing(
    answer_s=1.0,
    probe_interval_s=0.1,
    probe_deadline_s=0.4,
    doubt_s=1.0,
    find_again_s=0.3,
    first_retry_s=0.05,
    last_retry_s=0.1,
)
"""Without a doubt before the deadline, so that each notice of a gap has another reason."""


def publication(seq: int = 1, channel: str = CHANNEL) -> Publication:
    return Publication(channel, "e1", seq, "post.created", 7, b"payload")


def channel_of_partition(partition: int, besides: str = "") -> str:
    """Some channel of that partition."""
    names = (f"thread:{number}" for number in range(1, 100_000))
    return next(name for name in names if partition_of(name) == partition and name != besides)


class Worker:
    """A broker, what it delivered, and its state at each notice of a gap."""

    def __init__(self, url: str, timing: Timing = QUICK) -> None:
        self.broker = RedisBroker(read_target(url), timing)
        self.received: list[Publication] = []
        self.states_at_gaps: list[BrokerState] = []
        self._changed = asyncio.Event()
        self._next_seq = 1_000_000

    def _receive(self, item: Publication) -> None:
        self.received.append(item)
        self._changed.set()

    def _note_gap(self) -> None:
        self.states_at_gaps.append(self.broker.state)
        self._changed.set()

    async def start(self) -> None:
        await self.broker.start(self._receive, self._note_gap)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; the broker's own notices wake us, and its state is looked at in between."""
        async with asyncio.timeout(LIMIT_S):
            while not is_so():
                self._changed.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._changed.wait()
                except TimeoutError:
                    pass

    async def until_state(self, *states: BrokerState) -> None:
        await self.until(lambda: self.broker.state in states)

    async def until_connected(self) -> None:
        await self.until_state(BrokerState.CONNECTED)

    async def until_it_hears(self, speaker: Worker, channel: str = CHANNEL) -> None:
        """Publish until one gets through, and wait for those after it: pub/sub may lose the ones before, no other."""
        published: list[Publication] = []

        def try_again() -> bool:
            if any(item in self.received for item in published):
                return True
            speaker._next_seq += 1
            published.append(publication(speaker._next_seq, channel))
            speaker.broker.publish(published[-1:])
            return False

        await self.until(try_again)
        await self.until(lambda: published[-1] in self.received)


@asynccontextmanager
async def workers(
    url: str, timing: Timing = QUICK, *, channels: Sequence[str] = (CHANNEL,), second_url: str = ""
) -> AsyncIterator[tuple[Worker, Worker]]:
    """Two that are connected, follow the same channels and hear each other; with nothing received so far."""
    first, second = Worker(url, timing), Worker(second_url or url, timing)
    try:
        for worker in (first, second):
            await worker.start()
            for channel in channels:
                worker.broker.follow(channel)
        for worker in (first, second):
            await worker.until_connected()
        for channel in channels:
            await second.until_it_hears(first, channel)
            await first.until_it_hears(second, channel)
        for worker in (first, second):
            worker.received.clear()
            worker.states_at_gaps.clear()
        yield first, second
    finally:
        await first.broker.close()
        await second.broker.close()
