"""Bots that run while a test watches them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tertulia_client import Bot


async def live(bot: Bot) -> None:
    while not bot.is_live:  # noqa: ASYNC110 - a bot tells nobody when it is live
        await asyncio.sleep(0.005)


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[None]:
    """The bot serves until the block ends, and is live from its begin."""
    task = asyncio.create_task(bot.serve())
    await live(bot)
    try:
        yield
    finally:
        bot.stop()
        await task


class Heard:
    """What handlers heard; others wait for it."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self._changed = asyncio.Event()

    def add(self, item: str) -> None:
        self.items.append(item)
        self._changed.set()

    async def until(self, count: int) -> list[str]:
        while len(self.items) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.items
