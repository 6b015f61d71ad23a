"""Effects that happen once, however often their event is handled."""

from __future__ import annotations

import hashlib

from tertulia_client.api import Api, Mark, PostReceipt
from tertulia_client.errors import ApiError
from tertulia_client.events import Event
from tertulia_wire.codes import Code

Subject = tuple[str, int] | tuple[str, int, int]


def answer_key(bot: str, handler: str, epoch: str, about: Subject, count: int) -> str:
    """The idempotency key of answer number ``count`` of a handler to an event: 40 characters, the same each time.

    An event about a post is known by what it is about, so that it has one answer whichever channel brought it.
    """
    parts = [bot, handler, epoch, *map(str, about), str(count)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


class Answers:
    """The answers of one handler to one event, counted from the first; made anew for each try.

    It does not hold the event, which holds it: in a circle both would stay in memory until the collector comes by.
    """

    __slots__ = ("_about", "_api", "_bot", "_count", "_epoch", "_handler")

    def __init__(self, api: Api, *, bot: str, handler: str, event: Event) -> None:
        self._api = api
        self._bot = bot
        self._handler = handler
        self._epoch = event.cursor.epoch
        self._about: Subject = event.about or (event.channel, event.seq)
        self._count = 0

    async def reply(self, thread_id: int, text: str) -> PostReceipt:
        """Post in a thread under a key of the event's own: the first outcome is returned, whatever the text."""
        self._count += 1
        key = answer_key(self._bot, self._handler, self._epoch, self._about, self._count)
        return await self._api.create_post(thread_id, text, key=key)

    async def rate(self, post_id: int, mark: Mark) -> None:
        """Rate a post; one that was removed meanwhile needs no mark any more."""
        try:
            await self._api.rate_post(post_id, mark)
        except ApiError as error:
            if error.code is not Code.POST_REMOVED:
                raise

    async def remove(self, post_id: int) -> None:
        """Remove a post; one that is gone already stays so."""
        try:
            await self._api.remove_post(post_id)
        except ApiError as error:
            if error.code is not Code.POST_REMOVED:
                raise
