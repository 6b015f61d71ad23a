"""One server, as a program sees it: calls, and events to iterate over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self

from tertulia_client.address import parse_address
from tertulia_client.api import Api
from tertulia_client.beginnings import Begin, begin_of, find_place
from tertulia_client.connection import Follower
from tertulia_client.events import Event, Reset, read_notice
from tertulia_client.subscription import Start


class Client:
    """``async with Client(url, token=...) as client``; `api` has the calls, `follow` the events."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self._address = parse_address(url)
        self._token = token
        self.api = Api(self._address, token=token)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self.api.close()

    async def follow(
        self, *channels: str, since: Begin | Mapping[str, Begin] = Start.NOW
    ) -> AsyncIterator[Event | Reset]:
        """Events of the channels, each in order and once, over any number of reconnects, until one stops iterating.

        ``since`` is where to begin: ``"latest"``, ``"earliest"``, ``Last(n)``, a time or a cursor; or one of these by
        channel. A `Reset` among the events says that one was missed and why. `FollowRefused` when a channel may not be
        followed (any longer).
        """
        follower = Follower(self._address, token=self._token)
        for channel in channels:
            begin = since.get(channel, Start.NOW) if isinstance(since, Mapping) else since
            follower.follow(channel, await find_place(self.api, channel, begin_of(begin)))
        async with follower:
            async for notice in follower:
                told = read_notice(notice)
                if told is not None:
                    yield told
