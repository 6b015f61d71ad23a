"""Answers that are posted once, however often their event is handled."""

from __future__ import annotations

import hashlib

from tertulia_client.api import Api, PostReceipt
from tertulia_wire.cursors import Cursor


def reply_key(bot: str, handler: str, channel: str, cursor: Cursor, count: int) -> str:
    """The idempotency key of answer number ``count`` of a handler to an event: 40 characters, the same each time."""
    parts = [bot, handler, cursor.epoch, channel, str(cursor.seq), str(count)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


class Replies:
    """The answers of one handler to one event."""

    def __init__(self, api: Api, *, bot: str, handler: str, channel: str, cursor: Cursor) -> None:
        self._api = api
        self._bot = bot
        self._handler = handler
        self._channel = channel
        self._cursor = cursor
        self._count = 0

    async def reply(self, thread_id: int, text: str) -> PostReceipt:
        self._count += 1
        key = reply_key(self._bot, self._handler, self._channel, self._cursor, self._count)
        return await self._api.create_post(thread_id, text, key=key)
