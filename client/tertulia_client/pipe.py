"""A bounded pipe from the thread that keeps a connection to whoever uses what it brings, in another thread or loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from tertulia_client.errors import ClientError
from tertulia_client.notices import Notice

PIPE_NOTICES: Final = 512


class NoticePipe:
    """One producer, a coroutine; one consumer, a coroutine of another loop or a plain thread.

    What is taken is taken all at once: crossing threads costs much more than a notice.
    """

    def __init__(self, max_notices: int = PIPE_NOTICES) -> None:
        self._max_notices = max_notices
        self._lock = threading.Lock()
        self._waiting: deque[Notice] = deque()
        self._tell_consumer: Callable[[], object] | None = None
        self._tell_producer: Callable[[], object] | None = None
        self._is_closed = False
        self._error: ClientError | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= self._max_notices

    async def put(self, notice: Notice) -> None:
        """Waits while the pipe is full."""
        while not self._try_put(notice):
            has_room = asyncio.Event()
            self._tell_producer = _teller(has_room)
            if self._try_put(notice):
                return
            await has_room.wait()

    def close(self, error: ClientError | None = None) -> None:
        """Nothing more will come, because of ``error`` if there is one; what is in the pipe can still be taken."""
        with self._lock:
            self._is_closed = True
            self._error = self._error or error
            tell, self._tell_consumer = self._tell_consumer, None
        if tell is not None:
            tell()

    async def take(self) -> list[Notice]:
        """All that is there, oldest first; waits for the first. Empty once it is closed; raises its error."""
        while True:
            has_news = asyncio.Event()
            taken = self._try_take(_teller(has_news))
            if taken is not None:
                return taken
            await has_news.wait()

    def take_blocking(self, timeout_s: float | None = None) -> list[Notice] | None:
        """The same for a plain thread; None when nothing came in time."""
        while True:
            has_news = threading.Event()
            taken = self._try_take(has_news.set)
            if taken is not None:
                return taken
            if not has_news.wait(timeout_s):
                return None

    def _try_put(self, notice: Notice) -> bool:
        with self._lock:
            if len(self._waiting) >= self._max_notices and not self._is_closed:
                return False
            self._waiting.append(notice)
            tell, self._tell_consumer = self._tell_consumer, None
        if tell is not None:
            # After what else came in the same turn: two threads that want to run at once cost each other a tenth.
            asyncio.get_running_loop().call_soon(tell)
        return True

    def _try_take(self, tell: Callable[[], object]) -> list[Notice] | None:
        """What is there; None if one has to wait until ``tell`` is called. The error is raised when all was taken."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            tell_producer, self._tell_producer = self._tell_producer, None
            if not taken and not self._is_closed:
                self._tell_consumer = tell
        if tell_producer is not None:
            tell_producer()
        if not taken and self._error is not None:
            raise self._error
        return taken if taken or self._is_closed else None


def _teller(event: asyncio.Event) -> Callable[[], object]:
    """Sets an event of the running loop, from whatever thread; a loop that is closed needs no telling."""
    loop = asyncio.get_running_loop()

    def tell() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(event.set)

    return tell
