"""The crowd: many readers of one thread, connected before the first post and counted to the last."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.backoff import full_jitter_s
from tertulia_client.errors import ClientError, FollowRefused, ServerUnreachable
from tertulia_client.ledger import Ledger
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.light_reader import Decoder, LightReader
from tertulia_wire.codes import Action, action_of
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event

MAX_CONNECTING: Final = 100
"""Readers that shake hands at the same time: a crowd comes in a stream, a storm is another scenario."""

CONNECT_TIMEOUT_S: Final = 15.0
GIVE_UP_S: Final = 60.0
"""A reader that could not be subscribed for so long is given up, before the run begins."""


class Crowd:
    """Readers of one channel. It is the book in which the readers write.

    ``on_event`` is called for each event that a reader got for the first time, with the time of its arrival.
    """

    def __init__(
        self,
        address: ServerAddress,
        channel: str,
        *,
        ledger: Ledger,
        clock: Callable[[], float],
        on_event: Callable[[Event, float], None],
        token: str | None = None,
    ) -> None:
        self._address = address
        self._channel = channel
        self._ledger = ledger
        self._clock = clock
        self._on_event = on_event
        self._token = token
        self._ssl = ssl.create_default_context() if address.is_secure else None
        self._rng = random.Random()
        self._decoder = Decoder()
        self._readers: dict[int, LightReader] = {}
        self._cursors: dict[int, Cursor] = {}
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._returning: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(MAX_CONNECTING)
        self._is_open = True
        self.connect_times = Histogram()
        self.reconnects = 0

    @property
    def connected(self) -> int:
        """Readers that are subscribed now."""
        return len(self._readers)

    async def connect_all(self, readers: int) -> None:
        """Connect and subscribe so many readers; a group of errors (`ClientError`) if one cannot be."""
        async with asyncio.TaskGroup() as group:
            for number in range(1, readers + 1):
                await self._gate.acquire()
                task = group.create_task(self._connect(number))
                task.add_done_callback(lambda _: self._gate.release())

    async def close(self) -> None:
        """Disconnect everybody."""
        self._is_open = False
        for task in self._returning:
            task.cancel()
        await asyncio.gather(*self._returning, return_exceptions=True)
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        await asyncio.sleep(0)  # lets the transports close

    # The book

    def subscribed(self, reader: LightReader, cursor: Cursor) -> None:
        self._ledger.account(reader.number, self._channel).begin(cursor.seq)
        self._ledger.note_head(self._channel, cursor.seq)
        self._cursors.setdefault(reader.number, cursor)
        self._readers[reader.number] = reader
        self._answer(reader.number, None)

    def refused(self, reader: LightReader, number: int, sentence: str) -> None:
        if action_of(number) in (Action.RETRY, Action.RESUBSCRIBE):
            self._answer(reader.number, ServerUnreachable(sentence))
        else:
            self._answer(reader.number, FollowRefused(number, f"The readers are refused: {sentence}", self._channel))

    def received(self, reader: LightReader, event: Event) -> None:
        now_s = self._clock()
        if event.channel != self._channel:
            return
        self._ledger.note_head(self._channel, event.seq)
        held = self._cursors.get(reader.number)
        if held is not None and event.seq == held.seq + 1:
            self._cursors[reader.number] = Cursor(held.epoch, event.seq)
        if self._ledger.account(reader.number, self._channel).receive(event.seq):
            self._on_event(event, now_s)

    def was_reset(self, reader: LightReader, cursor: Cursor) -> None:
        self._ledger.account(reader.number, self._channel).resets += 1
        self._cursors[reader.number] = cursor

    def lost(self, reader: LightReader, reason: str) -> None:
        if self._readers.get(reader.number) is reader:
            del self._readers[reader.number]
            if self._is_open:
                self._come_back(reader.number)
        else:
            self._answer(reader.number, ServerUnreachable(reason))

    # Connections

    def _answer(self, number: int, failure: ClientError | None) -> None:
        answer = self._answers.pop(number, None)
        if answer is None or answer.done():
            return
        if failure is None:
            answer.set_result(None)
        else:
            answer.set_exception(failure)

    def _come_back(self, number: int) -> None:
        """As any client does: after a jittered wait, from where it was, for as long as the run lasts."""
        self.reconnects += 1
        task = asyncio.create_task(self._return(number))
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    async def _return(self, number: int) -> None:
        await asyncio.sleep(full_jitter_s(self._rng, 0))
        async with self._gate:
            await self._try_until(number, None)

    async def _connect(self, number: int) -> None:
        began_s = self._clock()
        await self._try_until(number, began_s + GIVE_UP_S)
        self.connect_times.record(self._clock() - began_s)

    async def _try_until(self, number: int, deadline_s: float | None) -> None:
        attempt = 0
        while True:
            try:
                await self._try_once(number)
            except (OSError, TimeoutError, ServerUnreachable) as error:
                if deadline_s is not None and self._clock() >= deadline_s:
                    raise ServerUnreachable(f"Reader {number} cannot be connected: {error}") from None
            else:
                return
            await asyncio.sleep(full_jitter_s(self._rng, attempt, cap_s=5.0))
            attempt += 1

    async def _try_once(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[None] = loop.create_future()
        self._answers[number] = answer
        reader = LightReader(
            number,
            self._address,
            self._channel,
            self._cursors.get(number),
            book=self,
            decoder=self._decoder,
            token=self._token,
        )
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await loop.create_connection(lambda: reader, self._address.host, self._address.port, ssl=self._ssl)
                await answer
        except BaseException:
            self._answers.pop(number, None)
            reader.close()
            raise
