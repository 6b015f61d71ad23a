"""A bounded queue between a connection and who consumes it: when it is full, the connection stops reading."""

from __future__ import annotations

import asyncio
from collections import deque

from tertulia_client.errors import ClientError
from tertulia_client.notices import Notice


class NoticeQueue:
    """One producer, one consumer, one loop. After `close` what is left can still be taken."""

    def __init__(self, max_notices: int) -> None:
        self._max_notices = max_notices
        self._waiting: deque[Notice] = deque()
        self._has_room = asyncio.Event()
        self._has_news = asyncio.Event()
        self._is_closed = False
        self._error: ClientError | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= self._max_notices

    async def put(self, notice: Notice) -> None:
        """Waits while the queue is full."""
        while self.is_full:
            self._has_room.clear()
            await self._has_room.wait()
        self._waiting.append(notice)
        self._has_news.set()

    async def get(self) -> Notice | None:
        """The oldest notice; None once it is closed and empty; raises what it was closed with."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self._is_closed:
                return None
            self._has_news.clear()
            await self._has_news.wait()
        notice = self._waiting.popleft()
        self._has_room.set()
        return notice

    def close(self, error: ClientError | None = None) -> None:
        """Nothing more will come, because of ``error`` if there is one."""
        self._is_closed = True
        self._error = self._error or error
        self._has_news.set()
