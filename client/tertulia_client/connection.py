"""The asyncio shell of the protocol: a follower that reconnects for ever.

One task owns the socket: it connects, reads, and waits for the next try. What it hears goes through a bounded queue;
when nobody takes from it the follower stops reading, and the server lets it lag until it reads again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tertulia_client.address import ServerAddress, parse_address
from tertulia_client.backoff import Backoff
from tertulia_client.errors import ClientError
from tertulia_client.live_socket import ConnectionInterrupted, open_socket, why_closed
from tertulia_client.notice_queue import NoticeQueue
from tertulia_client.notices import Disconnected, EventReceived, Notice
from tertulia_client.protocol import ClientProtocol, Closing
from tertulia_client.subscription import ChannelState, Since, Start
from tertulia_client.tokens import check_token
from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor

QUEUE_NOTICES: Final = 256

STABLE_S: Final = 2.0
"""A connection that lasted so long was a good one: the waits begin small again."""

DEAF_HEARTBEATS: Final = 1.5
"""A ping goes out after one of silence, and its answer is overdue after half of another."""

SEND_TIMEOUT_S: Final = 20.0
"""A peer that takes no bytes for so long is dead."""


class Outlet(Protocol):
    """Where notices go. Whoever takes from it is slow or quick; a full one stops the reading."""

    @property
    def is_full(self) -> bool: ...

    async def put(self, notice: Notice) -> None: ...

    def close(self, error: ClientError | None = None) -> None: ...


class Follower:
    """Follows channels of one server; iterate over it for notices.

        async with Follower("http://127.0.0.1:8000") as follower:
            follower.follow("thread:1")
            async for notice in follower: ...

    The iteration ends when the follower is closed, and raises `FollowRefused` or `NotTertulia` when trying again would
    not help. With ``wait_for_server`` False it also raises `ServerUnreachable` if the very first try fails. With a
    ``queue`` of one's own the notices go there, and the follower is not iterated over.
    """

    def __init__(
        self,
        url: str | ServerAddress,
        *,
        token: str | None = None,
        queue_notices: int = QUEUE_NOTICES,
        queue: Outlet | None = None,
        wait_for_server: bool = True,
        encoding: Encoding = Encoding.MSGPACK,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self.address = parse_address(url) if isinstance(url, str) else url
        self._token = check_token(token)
        self._wait_for_server = wait_for_server
        self._clock = clock
        rng = rng or random.Random()
        self._protocol = ClientProtocol(clock=clock, rng=rng, encoding=encoding)
        self._backoff = Backoff(rng)
        self._own_queue = NoticeQueue(queue_notices)
        self._queue: Outlet = self._own_queue if queue is None else queue
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._successor: ClientConnection | None = None
        """Opened before an old connection is left, when the server said that it stops."""

    def follow(self, channel: str, since: Since = Start.NOW) -> None:
        """Follow a channel from here on; at any time, connected or not."""
        self._protocol.follow(channel, since)
        self._wake.set()

    def unfollow(self, channel: str) -> None:
        """Follow it no longer. What is in the queue still comes."""
        self._protocol.unfollow(channel)
        self._wake.set()

    @property
    def cursors(self) -> dict[str, Cursor]:
        """How far each channel was received; what was *consumed* is in the notices."""
        return self._protocol.cursors

    @property
    def is_live(self) -> bool:
        """Connected and caught up in every channel."""
        return self._protocol.is_live

    @property
    def is_connected(self) -> bool:
        return self._protocol.is_connected

    @property
    def channels(self) -> dict[str, ChannelState]:
        """The state of each followed channel."""
        return self._protocol.channels

    @property
    def is_deaf(self) -> bool:
        """Connected, and nothing was heard for longer than a heartbeat and its answer may take."""
        silence_s = self._protocol.silence_s
        return silence_s is not None and silence_s > DEAF_HEARTBEATS * self._protocol.heartbeat_s

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=f"follow {self.address.origin}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Say good-bye and end the task."""
        task, self._task = self._task, None
        if task is not None:
            await _end(task)
        successor, self._successor = self._successor, None
        if successor is not None:
            await successor.close()

    async def ended(self) -> bool:
        """Wait until the follower has given up; the reason is told to the queue."""
        if self._task is not None:
            await asyncio.wait([self._task])
        return True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notice:
        notice = await self._own_queue.get()
        if notice is None:
            raise StopAsyncIteration
        return notice

    async def _run(self) -> None:
        error: ClientError | None = None
        try:
            await self._follow_for_ever()
        except ClientError as refused:
            error = refused
        finally:
            self._queue.close(error)

    async def _follow_for_ever(self) -> None:
        may_fail = self._wait_for_server
        while True:
            socket, self._successor = self._successor, None
            try:
                if socket is None:
                    socket = await self._open()
            except ConnectionInterrupted as failed:
                if not may_fail:
                    raise failed.as_error() from None
                interrupted = failed
            else:
                may_fail = True
                interrupted = await self._converse(socket)
                if self._successor is not None:
                    continue
            retry_s = self._next_delay_s(interrupted)
            await self._queue.put(Disconnected(interrupted.reason, retry_s))
            await asyncio.sleep(retry_s)

    async def _open(self) -> ClientConnection:
        return await open_socket(self.address, self._token, self._protocol.encoding)

    def _next_delay_s(self, interrupted: ConnectionInterrupted) -> float:
        come_back_at_s = self._protocol.come_back_at_s
        if come_back_at_s is not None:  # told by a server that stopped, which spreads its clients itself
            self._protocol.come_back_at_s = None
            return max(0.0, come_back_at_s - self._clock())
        return self._backoff.next_delay_s(interrupted.retry_after_ms or self._protocol.retry_after_ms)

    async def _converse(self, socket: ClientConnection) -> ConnectionInterrupted:
        """One connection, from its first byte to its end; returns why it ended."""
        began_s = self._clock()
        self._protocol.connection_made()
        keeper = asyncio.create_task(self._keep(socket), name="keep the connection")
        keeper.add_done_callback(lambda _: socket.transport.abort())
        try:
            while True:
                self._protocol.receive(await socket.recv())
                await self._hand_over()
        except ConnectionClosed as closed:
            ours = self._protocol.closing
            return why_closed(closed) if ours is None else ConnectionInterrupted(ours.reason)
        finally:
            if self._clock() - began_s >= STABLE_S:
                self._backoff.succeeded()
            self._protocol.connection_lost()
            await socket.close()
            await _end(keeper)

    async def _hand_over(self) -> None:
        is_plain = True
        for notice in self._protocol.notices():
            is_plain = is_plain and type(notice) is EventReceived
            if self._queue.is_full:
                self._protocol.pause()
                await self._queue.put(notice)
                self._protocol.resume()
            else:
                await self._queue.put(notice)
        if not is_plain or self._protocol.has_outgoing or self._protocol.closing:
            self._wake.set()

    async def _keep(self, socket: ClientConnection) -> None:
        """Send what is to be sent, ask whether the line lives, close it when told to."""
        with suppress(ConnectionClosed):
            while True:
                self._wake.clear()
                await self._find_successor()
                self._protocol.tick()
                await self._send_all(socket)
                if self._protocol.closing is not None:
                    await _leave(socket, self._protocol.closing)
                    return
                await self._sleep_until(self._protocol.next_deadline_s)

    async def _find_successor(self) -> None:
        """When it is time to leave a server that stops: connect anew first, and stay where we are if that fails."""
        leave_at_s = self._protocol.come_back_at_s
        if leave_at_s is None or self._clock() < leave_at_s or self._successor is not None:
            return
        try:
            self._successor = await self._open()
        except ConnectionInterrupted as failed:
            self._protocol.come_back_at_s = self._clock() + self._backoff.next_delay_s(failed.retry_after_ms)

    async def _send_all(self, socket: ClientConnection) -> None:
        is_text = self._protocol.encoding.is_text
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                for payload in self._protocol.outgoing():
                    await socket.send(payload, text=is_text)
        except TimeoutError:
            socket.transport.abort()

    async def _sleep_until(self, deadline_s: float | None) -> None:
        delay_s = None if deadline_s is None else max(0.0, deadline_s - self._clock())
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._wake.wait()


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel and wait; a fault of the task's own is raised here."""
    task.cancel()
    [outcome] = await asyncio.gather(task, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome


async def _leave(socket: ClientConnection, closing: Closing) -> None:
    if closing.is_abort:
        socket.transport.abort()
    else:
        await socket.close(closing.code, closing.reason)
