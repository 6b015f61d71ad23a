"""The broker over Redis pub/sub.

Pub/sub loses what is published while a connection is down, and redis-py 8.1 reconnects without an exception: 5 cut
connections during 1,000 publishes lost 40 messages, and the only sign were 5 new confirmations of `subscribe`. So every
confirmation is a gap, whatever led to it, and one sweep of the store closes it for all channels.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tertulia_server.broker.parcels import UnreadableParcelError, partition_of, unwrap, wrap
from tertulia_server.broker.port import BrokerState, GapNotice, Publication, Receiver

MAX_QUEUED_BYTES: Final = 16 * 1024 * 1024
"""Parcels that wait for Redis; the oldest are dropped beyond that, and found by the sweeps of the other workers."""

PARCELS_PER_PIPELINE: Final = 128
ANSWER_S: Final = 2.0
"""How long Redis may take to connect or to answer."""

PROBE_INTERVAL_S: Final = 2.0
"""Between two publishes to ourselves, which show that we still hear; a connection may be dead without a sign."""

FIRST_RETRY_S: Final = 0.1
LAST_RETRY_S: Final = 2.0
UNSUBSCRIBE_EVERY_S: Final = 30.0
"""Partitions without a reader are left this lazily: the next reader is likely to come."""

log = structlog.get_logger()


class _DeafError(Exception):
    """Redis took a message to ourselves, and we never heard it."""


class RedisBroker:
    """One per worker; ``url`` is redis-py's. Channels share 64 partitions per Redis database number."""

    def __init__(self, url: str) -> None:
        never = Retry(NoBackoff(), 0)
        self._speaking: Redis = Redis.from_url(
            url, socket_connect_timeout=ANSWER_S, socket_timeout=ANSWER_S, retry=never
        )
        self._hearing: Redis = Redis.from_url(url, socket_connect_timeout=ANSWER_S, retry=never)
        self._prefix = f"tertulia:{parse_url(url).get('db', 0)}"
        self.state = BrokerState.AWAY
        self._id = secrets.token_hex(8)
        self._probe_name = f"{self._prefix}:probe:{self._id}"
        self._receiver: Receiver = _ignore
        self._on_gap: GapNotice = _nothing
        self._followed: set[str] = set()
        self._readers: Counter[int] = Counter()
        self._queue: deque[tuple[str, bytes]] = deque()
        self._queued_bytes = 0
        self._has_parcels = asyncio.Event()
        self._is_subscription_due = asyncio.Event()
        self._is_probe_heard = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, receiver: Receiver, on_gap: GapNotice) -> None:
        self._receiver, self._on_gap = receiver, on_gap
        self._tasks = [asyncio.create_task(self._speak()), asyncio.create_task(self._listen())]

    def publish(self, publications: Sequence[Publication]) -> None:
        for publication in publications:
            parcel = wrap(publication, self._id)
            self._queue.append((self._partition_name(partition_of(publication.channel)), parcel))
            self._queued_bytes += len(parcel)
        while self._queued_bytes > MAX_QUEUED_BYTES:
            self._queued_bytes -= len(self._queue.popleft()[1])
        self._has_parcels.set()
        for publication in publications:
            self._deliver(publication)

    def follow(self, channel: str) -> None:
        if channel in self._followed:
            return
        self._followed.add(channel)
        partition = partition_of(channel)
        self._readers[partition] += 1
        if self._readers[partition] == 1:
            self._is_subscription_due.set()

    def unfollow(self, channel: str) -> None:
        if channel in self._followed:
            self._followed.discard(channel)
            self._readers[partition_of(channel)] -= 1

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []
        self._followed.clear()
        self.state = BrokerState.AWAY
        await self._speaking.aclose()
        await self._hearing.aclose()

    def _partition_name(self, partition: int) -> str:
        return f"{self._prefix}:{partition}"

    # Speaking

    async def _speak(self) -> None:
        failures = lost = 0
        while True:
            await self._has_parcels.wait()
            self._has_parcels.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(PARCELS_PER_PIPELINE, len(self._queue)))]
                self._queued_bytes -= sum(len(parcel) for _, parcel in batch)
                try:
                    await self._send(batch)
                except (RedisError, OSError) as error:
                    failures += 1
                    lost += len(batch)
                    if failures == 1:
                        log.warning("publish_failed", error=_say(error))
                    await asyncio.sleep(_jittered_s(failures))
                else:
                    if failures:
                        log.warning("publish_works_again", lost=lost)
                    failures = lost = 0

    async def _send(self, batch: Sequence[tuple[str, bytes]]) -> None:
        async with self._speaking.pipeline(transaction=False) as pipeline:
            for name, parcel in batch:
                pipeline.publish(name, parcel)
            await pipeline.execute()

    # Listening

    async def _listen(self) -> None:
        """Connect, hear until something breaks, and again, for ever."""
        failures = 0
        while True:
            try:
                await self._hear_until_it_breaks()
            except* _DeafError:
                self.state = BrokerState.DEAF
                log.warning("broker_deaf")
            except* Exception as errors:  # noqa: BLE001 - whatever it was, a worker that no longer listens is worse
                failures = 0 if self.state is BrokerState.CONNECTED else failures + 1
                if failures <= 1:
                    log.warning("broker_away", error=_say(errors.exceptions[0]))
                self.state = BrokerState.AWAY
            self._on_gap()
            await asyncio.sleep(_jittered_s(failures))

    async def _hear_until_it_breaks(self) -> None:
        pubsub = self._hearing.pubsub()
        try:
            async with asyncio.TaskGroup() as group:
                await pubsub.subscribe(self._probe_name)
                group.create_task(self._hear(pubsub))
                group.create_task(self._keep_subscribed(pubsub))
                group.create_task(self._probe())
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _hear(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=None)
            if message is None:
                continue
            if message["type"] == "subscribe":
                self._on_gap()
            elif message["type"] == "message":
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if message["channel"] == self._probe_name.encode():
            self._is_probe_heard.set()
            return
        try:
            origin, publication = unwrap(message["data"])
        except UnreadableParcelError:
            log.warning("parcel_unreadable", size_bytes=len(message["data"]))
            self._on_gap()
            return
        if origin != self._id:
            self._deliver(publication)

    def _deliver(self, publication: Publication) -> None:
        if publication.channel in self._followed:
            self._receiver(publication)

    async def _keep_subscribed(self, pubsub: PubSub) -> None:
        subscribed: set[int] = set()
        while True:
            wanted = {partition for partition, count in self._readers.items() if count > 0}
            if wanted - subscribed:
                await pubsub.subscribe(*map(self._partition_name, wanted - subscribed))
            subscribed |= wanted
            self._is_subscription_due.clear()
            try:
                async with asyncio.timeout(UNSUBSCRIBE_EVERY_S):
                    await self._is_subscription_due.wait()
            except TimeoutError:
                idle = {partition for partition in subscribed if self._readers[partition] <= 0}
                if idle:
                    await pubsub.unsubscribe(*map(self._partition_name, idle))
                subscribed -= idle

    async def _probe(self) -> None:
        while True:
            self._is_probe_heard.clear()
            await self._speaking.publish(self._probe_name, b"")
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._is_probe_heard.wait()
            except TimeoutError:
                raise _DeafError from None
            if self.state is not BrokerState.CONNECTED:
                self.state = BrokerState.CONNECTED
                log.info("broker_connected")
                self._on_gap()
            await asyncio.sleep(PROBE_INTERVAL_S)


def _jittered_s(failures: int) -> float:
    """Before the next try: anything up to a limit that doubles with each failure."""
    return random.uniform(0, min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures, 8)))


def _say(error: BaseException) -> str:
    """For the log; what redis-py calls the representation of its errors says nothing."""
    return f"{type(error).__name__}: {error}"


def _ignore(publication: Publication) -> None:
    del publication


def _nothing() -> None:
    return None
