"""The broker over Redis pub/sub: one server, the master of a Sentinel group, or a cluster.

Channels are spread over 64 partitions. Each is one name of pub/sub, and belongs to one server, with which we have one
`Link`. What Redis loses is found by one sweep of the store for all channels. So all that we owe the worker is to say
when something may have been lost: we are connected no more, or again, have new subscriptions, or begin to doubt.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

import structlog

from tertulia_server.broker.addresses import Kind, Target
from tertulia_server.broker.layouts import Layout, LayoutError, finder_of
from tertulia_server.broker.link import NOT_YET, Link, LinkOwner
from tertulia_server.broker.names import plain_names, sharded_names
from tertulia_server.broker.parcels import (
    PARTITION_COUNT,
    UnreadableParcelError,
    channel_in,
    partition_of,
    start_of,
    unwrap,
    wrap,
)
from tertulia_server.broker.port import BrokerState, GapNotice, Publication, Receiver
from tertulia_server.broker.timing import Timing

CANCEL_AGAIN_S: Final = 0.1
UNREADABLE_LOG_S: Final = 60.0
"""One line in the log at most for all unreadable parcels of this time: another release may send nothing else."""

_WORST_FIRST: Final = (BrokerState.AWAY, BrokerState.DEAF)

log = structlog.get_logger()


class RedisBroker:
    """One per worker. `start` returns at once; whoever is away is tried again for ever."""

    def __init__(self, target: Target, timing: Timing | None = None) -> None:
        self._target = target
        self._timing = timing or Timing()
        self._finder = finder_of(target, self._timing.answer_s)
        self._names = sharded_names() if target.kind is Kind.CLUSTER else plain_names(target.access.database)
        self._id = secrets.token_hex(8)
        self._own_start = start_of(self._id)
        self._owner = LinkOwner(self._take, self._note_change, self._note_gap)
        self._receiver: Receiver = _ignore
        self._on_gap: GapNotice = _nothing
        self._followed: set[str] = set()
        self._followed_bytes: set[bytes] = set()
        self._readers: Counter[int] = Counter()
        self._wanted: set[int] = set()
        self._tidying: asyncio.TimerHandle | None = None
        self._links: dict[tuple[str, frozenset[int]], Link] = {}
        self._route: list[Link | None] = [None] * PARTITION_COUNT
        self._layout_problem = NOT_YET
        self._is_layout_due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_said_away = False
        self._unreadable_logged_s = -UNREADABLE_LOG_S
        self._connected_count = 0
        self._past_published_count = 0
        self._past_dropped_count = 0
        self.received_count = 0
        self.state = BrokerState.AWAY
        self.reason = NOT_YET

    @property
    def published_count(self) -> int:
        return self._past_published_count + sum(link.published_count for link in self._links.values())

    @property
    def dropped_count(self) -> int:
        return self._past_dropped_count + sum(link.dropped_count for link in self._links.values())

    @property
    def reconnect_count(self) -> int:
        return max(0, self._connected_count - 1)

    async def start(self, receiver: Receiver, on_gap: GapNotice) -> None:
        self._receiver, self._on_gap = receiver, on_gap
        self._task = asyncio.create_task(self._keep_linked())

    def publish(self, publications: Sequence[Publication]) -> None:
        for publication in publications:
            partition = partition_of(publication.channel)
            link = self._route[partition]
            if link is None:
                self._past_dropped_count += 1
            else:
                link.speaker.publish(partition, wrap(publication, self._id))
        for publication in publications:
            if publication.channel in self._followed:
                self._receiver(publication)

    def follow(self, channel: str) -> None:
        if channel in self._followed:
            return
        self._followed.add(channel)
        self._followed_bytes.add(channel.encode())
        partition = partition_of(channel)
        self._readers[partition] += 1
        if partition not in self._wanted:
            self._wanted.add(partition)
            link = self._route[partition]
            if link is not None:
                link.want([partition])

    def unfollow(self, channel: str) -> None:
        if channel not in self._followed:
            return
        self._followed.discard(channel)
        self._followed_bytes.discard(channel.encode())
        partition = partition_of(channel)
        self._readers[partition] -= 1
        if self._readers[partition] == 0 and self._tidying is None and self._task is not None:
            loop = asyncio.get_running_loop()
            self._tidying = loop.call_later(self._timing.unsubscribe_after_s, self._tidy)

    async def close(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
        while self._task is not None and not self._task.done():
            # Again and again: `asyncio.wait_for` of Python 3.11, which redis-py uses, may swallow a cancellation.
            self._task.cancel()
            await asyncio.wait([self._task], timeout=CANCEL_AGAIN_S)
        self._task = None
        self._followed.clear()
        self._followed_bytes.clear()
        self._on_gap = _nothing
        self._is_said_away = True  # nobody needs to be told
        await self._apply({})
        self.state, self.reason = BrokerState.AWAY, "closed"

    def _tidy(self) -> None:
        """Leave the partitions that have had no reader for a while: once, however many came and went."""
        self._tidying = None
        idle = {partition for partition in self._wanted if self._readers[partition] == 0}
        self._wanted -= idle
        for link in self._links.values():
            link.leave(idle & link.partitions)

    # Who is in charge

    async def _keep_linked(self) -> None:
        """Ask who is in charge, now and whenever that may have changed."""
        failures = 0
        while True:
            self._is_layout_due.clear()
            try:
                layout = await self._finder.find()
            except LayoutError as error:
                failures += 1
                self._layout_problem = str(error)
                self._note_state()
            else:
                failures = 0
                await self._apply(layout)
            try:
                async with asyncio.timeout(self._timing.retry_s(failures) if failures else self._timing.find_again_s):
                    await self._is_layout_due.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(self._timing.retry_s(1))

    async def _apply(self, layout: Layout) -> None:
        """Keep the links that are still right, end the others, begin the new."""
        wanted = {(str(address), partitions): address for address, partitions in layout.items()}
        gone = [self._links.pop(key) for key in set(self._links) - set(wanted)]
        for (key, partitions), address in wanted.items():
            if (key, partitions) not in self._links:
                access = self._target.access
                link = Link(address, access, self._names, partitions, self._id, self._owner, self._timing)
                self._links[key, partitions] = link
                link.want(self._wanted & partitions)
                link.start()
        self._route = [None] * PARTITION_COUNT
        for link in self._links.values():
            for partition in link.partitions:
                self._route[partition] = link
        unserved = self._route.count(None)
        self._layout_problem = f"the cluster has no node for {unserved} of {PARTITION_COUNT} partitions"
        self._note_state()
        await asyncio.gather(*(link.close() for link in gone))
        for link in gone:
            self._past_published_count += link.published_count
            self._past_dropped_count += link.dropped_count

    # How it is

    def _note_change(self) -> None:
        if self._target.kind is not Kind.SINGLE and any(
            link.state is not BrokerState.CONNECTED and link.reason != NOT_YET for link in self._links.values()
        ):
            self._is_layout_due.set()
        self._note_state()

    def _note_state(self) -> None:
        before = self.state
        self.state, self.reason = self._assess()
        if self.state is BrokerState.CONNECTED:
            if before is not BrokerState.CONNECTED:
                self._connected_count += 1
                self._is_said_away = False
                log.info("broker_connected")
                self._on_gap()
            return
        if not self._is_said_away and self.reason != NOT_YET:
            self._is_said_away = True
            log.warning(f"broker_{self.state.value}", reason=self.reason)
        if before is BrokerState.CONNECTED:
            self._on_gap()

    def _assess(self) -> tuple[BrokerState, str]:
        """That of the worst link: it is connected if all of them are, and nobody is missing."""
        if None in self._route:
            return BrokerState.AWAY, self._layout_problem
        for state in _WORST_FIRST:
            for link in self._links.values():
                if link.state is state:
                    return state, link.reason
        return BrokerState.CONNECTED, ""

    def _note_gap(self) -> None:
        if self.state is BrokerState.CONNECTED:
            self._on_gap()

    # What comes in

    def _take(self, parcel: bytes) -> None:
        """Most of what comes is our own, or of channels that nobody here follows: that is seen before it is decoded."""
        self.received_count += 1
        if parcel.startswith(self._own_start):
            return
        channel = channel_in(parcel)
        if channel and channel not in self._followed_bytes:
            return
        try:
            publication = unwrap(parcel)
        except UnreadableParcelError:
            self._note_unreadable(parcel)
            return
        if publication.channel in self._followed:
            self._receiver(publication)

    def _note_unreadable(self, parcel: bytes) -> None:
        now_s = time.monotonic()
        if now_s - self._unreadable_logged_s >= UNREADABLE_LOG_S:
            self._unreadable_logged_s = now_s
            log.warning("parcel_unreadable", size_bytes=len(parcel))
        self._on_gap()


def _ignore(publication: Publication) -> None:
    del publication


def _nothing() -> None:
    return None
