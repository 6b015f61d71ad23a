"""All that one worker has with one Redis server: a line to speak, a line to hear, and the knowledge whether both work.

That knowledge comes from probes: a message to ourselves, through Redis. A publish that is answered and not heard back
means that we are deaf; nothing else would show it, for pub/sub owes nobody an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from tertulia_server.broker.addresses import Access, Address
from tertulia_server.broker.line import Line, LineError, open_line
from tertulia_server.broker.listener import Listener
from tertulia_server.broker.names import Names
from tertulia_server.broker.outbox import Outbox
from tertulia_server.broker.port import BrokerState
from tertulia_server.broker.speaker import Speaker
from tertulia_server.broker.timing import Timing

NOT_YET: Final = "not connected yet"
GRACE_S: Final = 0.05
"""A process that was stopped finds its deadlines passed before it has read its sockets; so it reads them once more."""

log = structlog.get_logger()


class LinkBrokenError(Exception):
    """The link has to be made anew; ``state`` and ``reason`` hold until it is."""

    def __init__(self, state: BrokerState, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


@dataclass(frozen=True, slots=True)
class LinkOwner:
    """Whom a link tells. ``take`` gets each parcel; ``on_change`` means a new state, or one more failed try;
    ``on_gap`` that something may have been lost while connected: a subscription came into force, or a probe is late."""

    take: Callable[[bytes], None]
    on_change: Callable[[], None]
    on_gap: Callable[[], None]


class Link:
    """Lives until `close`: what breaks is made anew. ``partitions`` are those that this server is in charge of."""

    def __init__(
        self,
        address: Address,
        access: Access,
        names: Names,
        partitions: frozenset[int],
        worker_id: str,
        owner: LinkOwner,
        timing: Timing,
    ) -> None:
        self.address = address
        self.partitions = partitions
        self.state = BrokerState.AWAY
        self.reason = NOT_YET
        self._access = access
        self._worker_id = worker_id
        self._owner = owner
        self._timing = timing
        self._probe_name = names.probe(worker_id, min(partitions))
        self._probe_number = 0
        self._heard = b""
        self._wanted: set[int] = set()
        self._subscribed: set[int] = set()
        self._is_subscribe_due = False
        self._is_closing = False
        self._news = asyncio.Event()
        self._broken: LinkBrokenError | None = None
        self.outbox = Outbox()
        self.speaker = Speaker(names, self.outbox, self._refuse, self._news.set)
        self._listener = Listener(names, self._probe_name, owner.take, self._hear_probe, self._confirm, self._refuse)
        self._task: asyncio.Task[None] | None = None

    @property
    def published_count(self) -> int:
        return self.speaker.published_count

    @property
    def dropped_count(self) -> int:
        return self.outbox.dropped_count + self.speaker.lost_count

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """What waits is written, if Redis takes it at once."""
        self._is_closing = True
        self.speaker.flush()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self.outbox.drop_all()

    def want(self, partitions: Iterable[int]) -> None:
        """Subscribe; all that is wanted in one turn of the loop is one command."""
        self._wanted.update(partitions)
        if not self._is_subscribe_due:
            self._is_subscribe_due = True
            asyncio.get_running_loop().call_soon(self._subscribe)

    def leave(self, partitions: Iterable[int]) -> None:
        left = self._subscribed & set(partitions)
        self._wanted.difference_update(partitions)
        self._subscribed -= left
        self._listener.unsubscribe(sorted(left))

    def _subscribe(self) -> None:
        self._is_subscribe_due = False
        fresh = self._wanted - self._subscribed
        if self._listener.has_line:
            self._subscribed |= fresh
            self._listener.subscribe(sorted(fresh))

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                await self._live()
            except LinkBrokenError as error:
                failures = 0 if self.state is BrokerState.CONNECTED else failures + 1
                self._become(error.state, f"{self.address}: {error.reason}")
            except Exception as error:  # whatever it was, a worker that no longer listens is worse
                failures += 1
                log.exception("broker_link_failed")
                self._become(BrokerState.AWAY, f"{self.address}: {type(error).__name__}")
            await asyncio.sleep(self._timing.retry_s(failures))

    async def _live(self) -> None:
        """Connect, and probe until something breaks. `LinkBrokenError` always."""
        self._broken = None
        lines: list[Line] = []
        try:
            await self._connect(lines)
            await self._probe()
            self._become(BrokerState.CONNECTED, "")
            while True:
                await self._until(lambda: False, self._timing.probe_interval_s)
                if self._listener.unconfirmed_s > self._timing.answer_s:
                    raise LinkBrokenError(BrokerState.AWAY, "Redis does not confirm a subscription")
                await self._probe()
        finally:
            self.speaker.leave()
            self._listener.leave()
            if self._is_closing:
                await asyncio.gather(*(line.close() for line in lines))
            for line in lines:
                line.abort()

    async def _connect(self, lines: list[Line]) -> None:
        try:
            async with asyncio.timeout(self._timing.answer_s):
                lines.append(speaking := await self._open("speaks", self.speaker.take_reply))
                lines.append(hearing := await self._open("hears", self._listener.take_reply))
        except LineError as error:
            raise LinkBrokenError(BrokerState.AWAY, str(error)) from error
        except TimeoutError as error:
            raise self._no_answer(self._timing.answer_s) from error
        self.speaker.use(speaking)
        self._subscribed = set(self._wanted)
        self._listener.use(hearing, sorted(self._wanted))
        if not await self._until(lambda: self._listener.is_settled, self._timing.answer_s):
            raise self._no_answer(self._timing.answer_s)

    async def _open(self, verb: str, on_reply: Callable[[Any], None]) -> Line:
        name = f"tertulia-{self._worker_id}-{verb}"
        return await open_line(self.address, self._access, name, on_reply, self._lose)

    async def _probe(self) -> None:
        """Come back when we heard ourselves."""
        self._probe_number += 1
        self.speaker.probe(self._probe_name, self._probe_number)
        deadline_s = asyncio.get_running_loop().time() + self._timing.probe_deadline_s
        while (left_s := deadline_s - asyncio.get_running_loop().time()) > 0:
            if await self._until(self._is_probe_over, min(left_s, self._timing.doubt_s)):
                return
            if left_s > self._timing.doubt_s:
                self._doubt()
        if await self._until(self._is_probe_over, GRACE_S):
            return
        if not self.speaker.is_probe_answered:
            raise self._no_answer(self._timing.probe_deadline_s)
        raise LinkBrokenError(BrokerState.DEAF, "Redis takes what we publish, and we do not hear it")

    def _is_probe_over(self) -> bool:
        return self.speaker.is_probe_answered and self._heard == b"%d" % self._probe_number

    async def _until(self, is_so: Callable[[], bool], limit_s: float) -> bool:
        """Wait until something is so; False when the time is over. `LinkBrokenError` as soon as the link is broken."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    if self._broken is not None:
                        raise self._broken
                    if is_so():
                        return True
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False

    def _no_answer(self, limit_s: float) -> LinkBrokenError:
        return LinkBrokenError(BrokerState.AWAY, f"Redis does not answer within {limit_s:g} s")

    def _become(self, state: BrokerState, reason: str) -> None:
        self.state, self.reason = state, reason
        self._owner.on_change()

    def _hear_probe(self, text: bytes) -> None:
        self._heard = text
        self._news.set()

    def _confirm(self) -> None:
        self._news.set()
        if self.state is BrokerState.CONNECTED:
            self._owner.on_gap()

    def _doubt(self) -> None:
        """Perhaps we are about to find out that we hear nothing."""
        if self.state is BrokerState.CONNECTED:
            self._owner.on_gap()

    def _lose(self, reason: str) -> None:
        self._break(LinkBrokenError(BrokerState.AWAY, reason))

    def _refuse(self, text: str) -> None:
        if "unknown command" in text and "SSUBSCRIBE" in text:
            text = "Redis refuses SSUBSCRIBE; sharded pub/sub needs Redis 7 or newer"
        self._break(LinkBrokenError(BrokerState.AWAY, text))

    def _break(self, error: LinkBrokenError) -> None:
        if self._broken is None:
            self._broken = error
            self._news.set()
