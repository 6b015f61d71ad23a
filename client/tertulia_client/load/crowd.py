"""The crowd: many readers, each of one thread: connected, disturbed as a scenario wants it, and counted."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.backoff import full_jitter_s
from tertulia_client.errors import ClientError, FollowRefused, ServerUnreachable
from tertulia_client.ledger import Ledger
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.light_reader import Book, Decoder, LightReader, handshake_of
from tertulia_client.load.stamped import CAN_STAMP, StampedTransport, connect_stamped
from tertulia_wire.codes import Action, action_of
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event

MAX_CONNECTING: Final = 100
"""Readers that shake hands at the same time: a crowd comes in a stream, a storm is another scenario."""

CONNECT_TIMEOUT_S: Final = 15.0
GIVE_UP_S: Final = 60.0
"""A reader that could not be subscribed for so long is given up, before the run begins."""


OnEvent = Callable[[Event, float, float | None], None]
"""An event, the time of its arrival, and for a stamped reader by how much the kernel had it earlier (s)."""


MakeReader = Callable[[int, str, Cursor | None, Book], LightReader]
"""Number, channel, how far it had got if it was there before, and the book that it writes in."""


class Crowd:
    """Readers, numbered from 1, or those of them that it ``owns``. It is the book in which the readers write.

    ``channel_of`` says what a reader follows, ``books`` whether it has an account. ``on_event`` is called for each
    event that a reader got for the first time. The arrivals of the readers in ``stamped`` are stamped by the kernel.
    Readers connect from ``sources`` by turns: one address has no more ports to one server than the system gives it.
    """

    def __init__(
        self,
        address: ServerAddress,
        channel_of: Callable[[int], str],
        *,
        ledger: Ledger,
        clock: Callable[[], float],
        on_event: OnEvent,
        token: str | None = None,
        books: Callable[[int], bool] = lambda _: True,
        stamped: frozenset[int] = frozenset(),
        sources: Sequence[str] = (),
        owns: Callable[[int], bool] = lambda _: True,
        make_reader: MakeReader | None = None,
    ) -> None:
        self._address = address
        self._channel_of = channel_of
        self._ledger = ledger
        self._clock = clock
        self._on_event = on_event
        self._token = token
        self._books = books
        self._stamped = stamped if CAN_STAMP and not address.is_secure else frozenset()
        self._sources = sources
        self._owns = owns
        self._ssl = ssl.create_default_context() if address.is_secure else None
        self._rng = random.Random()
        self._decoder = Decoder()
        self._make_reader = make_reader or self._make_light_reader
        self._readers: dict[int, LightReader] = {}
        self._epochs: dict[int, str] = {}
        self._seqs: dict[int, int] = {}
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._returning: dict[int, asyncio.Task[None]] = {}
        self._catching_up: dict[int, tuple[int, float]] = {}
        self._is_open = True
        self.connect_times = Histogram()
        self.catch_up_times = Histogram()
        """Of readers that came back: from the first try until they had what was written meanwhile."""
        self.reconnects = 0

    @property
    def connected(self) -> int:
        """Readers that are subscribed now."""
        return len(self._readers)

    async def connect_all(self, readers: int, *, max_connecting: int = MAX_CONNECTING) -> None:
        """Connect and subscribe so many readers; a group of errors (`ClientError`) if one cannot be."""
        gate = asyncio.Semaphore(max_connecting)
        async with asyncio.TaskGroup() as group:
            for number in filter(self._owns, range(1, readers + 1)):
                await gate.acquire()
                task = group.create_task(self._connect(number))
                task.add_done_callback(lambda _: gate.release())

    async def close(self) -> None:
        """Disconnect everybody."""
        self._is_open = False
        returning = list(self._returning.values())
        for task in returning:
            task.cancel()
        await asyncio.gather(*returning, return_exceptions=True)
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        await asyncio.sleep(0)  # lets the transports close

    # Visits

    async def join(self, number: int) -> None:
        """One reader takes a seat that is free, from now on and with no cursor. `ClientError` if it cannot."""
        await self._connect(number)

    def leave(self, number: int) -> None:
        """It goes, and what is written from now on it is not owed. Nothing, if it was not there."""
        reader, returning = self._readers.pop(number, None), self._returning.get(number)
        if returning is not None:
            returning.cancel()
        if reader is not None:
            reader.close()
        self._epochs.pop(number, None)
        self._seqs.pop(number, None)
        self._catching_up.pop(number, None)
        self._ledger.close(number, self._channel_of(number))

    # Disturbances

    def cut(self, numbers: Iterable[int]) -> None:
        """End their connections without a word; they stay away until `bring_back`."""
        for number in numbers:
            reader = self._readers.pop(number, None)
            if reader is not None:
                reader.abort()

    def bring_back(self, numbers: Iterable[int]) -> None:
        """Let those return that were cut, each after a wait of its own, from where it was."""
        for number in numbers:
            if number not in self._readers and self._owns(number):
                self._come_back(number)

    def stall(self, numbers: Iterable[int]) -> None:
        """They read no more: what is sent to them stays in the buffers of the system, then of the server."""
        for number in numbers:
            if (transport := self.transport_of(number)) is not None:
                transport.pause_reading()

    def wake(self, numbers: Iterable[int]) -> None:
        """They read again."""
        for number in numbers:
            if (transport := self.transport_of(number)) is not None:
                transport.resume_reading()

    def transport_of(self, number: int) -> asyncio.Transport | None:
        """The connection of a reader; None while it has none."""
        reader = self._readers.get(number)
        return None if reader is None else reader.transport

    # The book

    def subscribed(self, reader: LightReader, cursor: Cursor, head: int) -> None:
        channel = self._channel_of(reader.number)
        if self._books(reader.number):
            self._ledger.account(reader.number, channel).begin(cursor.seq)
        self._ledger.note_head(channel, cursor.seq)
        if reader.number not in self._epochs:
            self._epochs[reader.number], self._seqs[reader.number] = cursor
        self._readers[reader.number] = reader
        self._note_subscribed(reader.number, cursor.seq, head)
        self._answer(reader.number, None)

    def refused(self, reader: LightReader, number: int, sentence: str) -> None:
        if action_of(number) in (Action.RETRY, Action.RESUBSCRIBE):
            self._answer(reader.number, ServerUnreachable(sentence))
        else:
            channel = self._channel_of(reader.number)
            self._answer(reader.number, FollowRefused(number, f"The readers are refused: {sentence}", channel))

    def received(self, reader: LightReader, event: Event) -> None:
        now_s, number, channel, seq = self._clock(), reader.number, event.channel, event.seq
        if channel != self._channel_of(number):
            return
        self._ledger.note_head(channel, seq)
        if self._seqs.get(number) == seq - 1:
            self._seqs[number] = seq
        if self._catching_up:
            self._note_caught_up(number, seq)
        if not self._books(number) or self._ledger.account(number, channel).receive(seq):
            self._on_event(event, now_s, _stamped_delay_s(reader) if number in self._stamped else None)

    def was_reset(self, reader: LightReader, cursor: Cursor) -> None:
        if self._books(reader.number):
            self._ledger.account(reader.number, self._channel_of(reader.number)).resets += 1
        self._epochs[reader.number], self._seqs[reader.number] = cursor

    def lost(self, reader: LightReader, reason: str) -> None:
        if self._readers.get(reader.number) is reader:
            del self._readers[reader.number]
            if self._is_open:
                self._come_back(reader.number)
        else:
            self._answer(reader.number, ServerUnreachable(reason))

    def _cursor_of(self, number: int) -> Cursor | None:
        epoch = self._epochs.get(number)
        return None if epoch is None else Cursor(epoch, self._seqs[number])

    def _note_subscribed(self, number: int, seq: int, head: int) -> None:
        began = self._catching_up.pop(number, None)
        if began is not None and seq < head:
            self._catching_up[number] = (head, began[1])
        elif began is not None:
            self.catch_up_times.record(self._clock() - began[1])

    def _note_caught_up(self, number: int, seq: int) -> None:
        head, began_s = self._catching_up.get(number, (0, 0.0))
        if 0 < head <= seq:
            del self._catching_up[number]
            self.catch_up_times.record(self._clock() - began_s)

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
        if number in self._returning:
            return
        self.reconnects += 1
        self._returning[number] = asyncio.create_task(self._return(number))

    async def _return(self, number: int) -> None:
        try:
            await asyncio.sleep(full_jitter_s(self._rng, 0))
            self._catching_up[number] = (0, self._clock())
            while number not in self._readers:  # it may be cut again in the very moment in which it is there
                await self._try_until(number, None)
        finally:
            del self._returning[number]

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
        reader = self._make_reader(number, self._channel_of(number), self._cursor_of(number), self)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._open(reader)
                await answer
        except BaseException:
            self._answers.pop(number, None)
            reader.abort()  # no good-bye: uvloop's transport may be closed already, and is told only afterwards
            raise

    def _make_light_reader(self, number: int, channel: str, cursor: Cursor | None, book: Book) -> LightReader:
        handshake = handshake_of(self._address, channel, cursor, self._token)
        return LightReader(number, handshake, book=book, decoder=self._decoder)

    async def _open(self, reader: LightReader) -> None:
        host, port, sources = self._address.host, self._address.port, self._sources
        local = (sources[reader.number % len(sources)], 0) if sources else None
        if reader.number in self._stamped:
            await connect_stamped(reader, host, port, local)
        else:
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: reader, host, port, ssl=self._ssl, local_addr=local)


def _stamped_delay_s(reader: LightReader) -> float | None:
    transport = reader.transport
    return transport.delay_s if isinstance(transport, StampedTransport) else None
