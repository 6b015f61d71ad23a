"""Waiting until a bot has done all that there was to do."""

from __future__ import annotations

import asyncio
from typing import Final

from tertulia_client.bot import Bot
from tertulia_client.testing.server import FakeServer

POLL_S: Final = 0.002


async def settled(bot: Bot, server: FakeServer) -> None:
    """Everything that was logged has reached the bot and ended there, its own answers as well."""
    while not has_everything(bot, server):  # noqa: ASYNC110 - the bot's progress is its own; it tells nobody
        await asyncio.sleep(POLL_S)


def has_everything(bot: Bot, server: FakeServer) -> bool:
    """Whether it has, in all channels that it knows or anybody follows now."""
    places = bot.places
    return all(
        channel in places
        and places[channel].epoch == server.epoch
        and places[channel].seq >= len(server.logs.get(channel, []))
        for channel in server.followed | set(places)
    )
