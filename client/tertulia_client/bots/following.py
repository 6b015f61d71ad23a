"""Which channels a running bot follows: those that it names, and those that its patterns mean as time goes by."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime

from tertulia_client.api import Api
from tertulia_client.backoff import Backoff
from tertulia_client.beginnings import FORUMS, REFRESH_S, expand, find_place
from tertulia_client.errors import ApiError, ClientError, ServerUnreachable
from tertulia_client.subscription import Since, Start
from tertulia_wire.codes import Action

log = logging.getLogger("tertulia_client.bot")


class Following:
    """``follow`` begins with one channel; ``is_known``: the bot has been there before, in this life or another."""

    def __init__(
        self,
        api: Api,
        follow: Callable[[str, Since], None],
        is_known: Callable[[str], bool],
        *,
        refresh_s: float = REFRESH_S,
    ) -> None:
        self._api = api
        self._follow = follow
        self._is_known = is_known
        self._refresh_s = refresh_s
        self._followed: set[str] = set()
        self.is_settled = False
        """Whether everything that was named is followed by now."""

    def follow_plain(self, begins: Mapping[str, Since | datetime]) -> dict[str, Since | datetime]:
        """Follow what needs no question to the server; the rest is returned."""
        rest: dict[str, Since | datetime] = {}
        for channel, begin in begins.items():
            if channel == FORUMS or (isinstance(begin, datetime) and not self._is_known(channel)):
                rest[channel] = begin
            else:
                self._begin(channel, Start.NOW if isinstance(begin, datetime) else begin)
        self.is_settled = not rest
        return rest

    async def follow_rest(self, rest: Mapping[str, Since | datetime]) -> None:
        """Ask the server until it answers; then keep the patterns current, for ever. `ClientError` when it refuses."""
        backoff = Backoff(random.Random())
        while True:
            try:
                for channel, begin in rest.items():
                    await self._find(channel, begin)
                break
            except (ServerUnreachable, ApiError) as error:
                if isinstance(error, ApiError) and error.action is not Action.RETRY:
                    raise
                log.warning("%s", error)
                await asyncio.sleep(backoff.next_delay_s())
        self.is_settled = True
        while FORUMS in rest:
            await asyncio.sleep(self._refresh_s)
            await self._refresh()

    async def _find(self, name: str, begin: Since | datetime) -> None:
        for channel in await expand(self._api, [name]):
            if channel not in self._followed:
                place = Start.NOW if self._is_known(channel) else await find_place(self._api, channel, begin)
                self._begin(channel, place)

    async def _refresh(self) -> None:
        """A forum that is new was made, or opened to us, while we ran: nothing of it may be missed."""
        try:
            channels = await expand(self._api, [FORUMS])
        except ClientError as error:
            log.warning("The forums could not be asked for: %s", error)
            return
        for channel in channels:
            if channel not in self._followed:
                log.info("%s is new", channel)
                self._begin(channel, Start.BEGINNING)

    def _begin(self, channel: str, since: Since) -> None:
        self._followed.add(channel)
        self._follow(channel, since)
