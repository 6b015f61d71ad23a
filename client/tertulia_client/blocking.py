"""The same for programs without an event loop: a plain ``for`` over events, and calls that wait.

with BlockingClient("http://127.0.0.1:8000", token="...") as client:
    for event in client.follow("thread:17", since="earliest"):
        if isinstance(event, PostCreated):
            client.create_post(event.thread.id, "Seen.")
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from tertulia_client.address import parse_address
from tertulia_client.api import Api, PostReceipt
from tertulia_client.background import BackgroundFollower
from tertulia_client.beginnings import Begin, begin_of, find_place
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, Reset, read_notice
from tertulia_client.subscription import Start

WAKE_S: Final = 0.5
"""How often a waiting ``for`` comes up, so that Ctrl-C is heard."""

Result = TypeVar("Result")


class BlockingClient:
    """A loop in a thread does the work; every method waits for it and raises what `Api` raises."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self._address = parse_address(url)
        self._token = token
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tertulia client", daemon=True)
        self._api: Api | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._api = self._run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the thread. The client cannot be opened again."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            if self._api is not None:
                self._run(self._api.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    @property
    def api(self) -> Api:
        """Calls to be handed to `run`: ``client.run(client.api.read_forums())``."""
        if self._api is None:
            raise ClientError("The client is not open: with BlockingClient(...) as client.")
        return self._api

    def run(self, call: Coroutine[Any, Any, Result]) -> Result:
        """Wait for a call of `api`."""
        return self._run(call)

    def create_post(self, thread_id: int, text: str, *, key: str | None = None) -> PostReceipt:
        """Write a post."""
        return self._run(self.api.create_post(thread_id, text, key=key))

    def follow(self, *channels: str, since: Begin | Mapping[str, Begin] = Start.NOW) -> Iterator[Event | Reset]:
        """Events of the channels, each in order and once, over any number of reconnects, until one leaves the loop.

        ``since``: ``"latest"``, ``"earliest"``, ``Last(n)``, a time or a cursor; or one of these by channel.
        """
        follower = BackgroundFollower(self._address, token=self._token)
        for channel in channels:
            begin = since.get(channel, Start.NOW) if isinstance(since, Mapping) else since
            follower.follow(channel, self._run(find_place(self.api, channel, begin_of(begin))))
        follower.start()
        try:
            while True:
                notices = follower.take_blocking(WAKE_S)
                for notice in notices or ():
                    told = read_notice(notice)
                    if told is not None:
                        yield told
        finally:
            follower.close()

    async def _open(self) -> Api:
        return Api(self._address, token=self._token)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        if not self._thread.is_alive():
            work.close()
            raise ClientError("The client is not open: with BlockingClient(...) as client.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
