"""A follower with a thread of its own: whatever its user does meanwhile, the line is kept alive and stays honest."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.connection import Follower
from tertulia_client.errors import ClientError
from tertulia_client.notices import Notice
from tertulia_client.pipe import PIPE_NOTICES, NoticePipe
from tertulia_client.subscription import ChannelState, Since, Start

JOIN_LIMIT_S: Final = 10.0


class BackgroundFollower:
    """Between `start` and `close`. Every method may be called from any thread.

    ``beside`` is run in the same loop as the follower, as long as it: for what has to answer even while handlers block.
    """

    def __init__(
        self,
        address: ServerAddress,
        *,
        token: str | None = None,
        max_notices: int = PIPE_NOTICES,
        wait_for_server: bool = True,
        beside: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._address = address
        self._token = token
        self._wait_for_server = wait_for_server
        self._beside = beside
        self._pipe = NoticePipe(max_notices)
        self._begins: dict[str, Since] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._follower: Follower | None = None
        self._stopping: asyncio.Event | None = None
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._main, name="tertulia connection", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._is_up.wait()

    def close(self) -> None:
        """Say good-bye, end the thread, and wait for it."""
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None:
            self._call(stopping.set)
        if self._thread.is_alive():
            self._thread.join(JOIN_LIMIT_S)

    def follow(self, channel: str, since: Since = Start.NOW) -> None:
        """Follow a channel from here on."""
        with self._lock:
            follower = self._follower
            if follower is None:
                self._begins[channel] = since
        if follower is not None:
            self._call(follower.follow, channel, since)

    def unfollow(self, channel: str) -> None:
        """Follow it no longer; what is in the pipe still comes."""
        with self._lock:
            self._begins.pop(channel, None)
            follower = self._follower
        if follower is not None:
            self._call(follower.unfollow, channel)

    async def take(self) -> list[Notice]:
        """What came, oldest first; waits for the first. Empty after the end; raises `ClientError` when refused."""
        return await self._pipe.take()

    def take_blocking(self, timeout_s: float | None = None) -> list[Notice] | None:
        """The same for a plain thread; None when nothing came in time."""
        return self._pipe.take_blocking(timeout_s)

    @property
    def waiting_count(self) -> int:
        """Notices in the pipe."""
        return len(self._pipe)

    @property
    def is_connected(self) -> bool:
        return self._follower is not None and self._follower.is_connected

    @property
    def is_live(self) -> bool:
        return self._follower is not None and self._follower.is_live

    @property
    def is_deaf(self) -> bool:
        return self._follower is not None and self._follower.is_deaf

    @property
    def channels(self) -> dict[str, ChannelState]:
        return {} if self._follower is None else self._follower.channels

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(function, *arguments)

    def _main(self) -> None:
        error: ClientError | None = None
        try:
            asyncio.run(self._follow())
        except ClientError as refused:
            error = refused
        finally:
            self._is_up.set()
            self._pipe.close(error)

    async def _follow(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        follower = Follower(self._address, token=self._token, queue=self._pipe, wait_for_server=self._wait_for_server)
        async with follower:
            with self._lock:
                self._follower = follower
                for channel, since in self._begins.items():
                    follower.follow(channel, since)
            self._is_up.set()
            tasks: list[asyncio.Task[bool]] = [
                asyncio.create_task(follower.ended()),
                asyncio.create_task(self._stopping.wait()),
            ]
            if self._beside is not None:
                tasks.append(asyncio.create_task(_run(self._beside)))
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def _run(work: Callable[[], Awaitable[None]]) -> bool:
    await work()
    return True
