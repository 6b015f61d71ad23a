"""The line on which the generator publishes at another server: it looks like our API to whoever posts."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import TracebackType
from typing import Any, Final, Self, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from tertulia_client.address import ServerAddress
from tertulia_client.api import Api, PostReceipt
from tertulia_client.errors import ClientError, ServerUnreachable
from tertulia_client.load.others.adapter import Adapter, Refused, Say, Subscribed
from tertulia_client.load.others.bodies import body_of
from tertulia_client.load.others.reader import EPOCH
from tertulia_wire.channels import thread_channel
from tertulia_wire.cursors import Cursor

START_LIMIT_S: Final = 10.0
SEND_LIMIT_S: Final = 15.0


class OtherServer:
    """``async with OtherServer(address, Adapter) as server``. `ClientError` when it cannot be connected to.

    Its channels are as many connections as there are: an adapter belongs to one.
    """

    def __init__(self, address: ServerAddress, adapter: type[Adapter], thread_ids: list[int]) -> None:
        self.live_url = live_url_of(address, adapter)
        self._adapter = adapter
        self._lines = {thread_channel(thread_id): _Line(self.live_url, adapter) for thread_id in thread_ids}
        self._heads: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        try:
            for channel, line in self._lines.items():
                await line.open(channel)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for line in self._lines.values():
            await line.close()

    def head_of(self, channel: str) -> int:
        """The seq of the last message that was sent, or is being sent."""
        return self._heads[channel]

    def as_api(self) -> Api:
        """For a stage: of an API it asks no more than `create_post`, in the scenarios that other servers can play."""
        return cast("Api", self)

    async def create_post(
        self, thread_id: int, text: str, *, key: str | None = None, deadline_s: float | None = None
    ) -> PostReceipt:
        """Publish; acknowledged when the line has taken it, as few of these servers say more."""
        channel = thread_channel(thread_id)
        line = self._lines[channel]
        async with line.turn:
            self._heads[channel] += 1
            seq = self._heads[channel]
            try:
                async with asyncio.timeout(deadline_s or SEND_LIMIT_S):
                    await line.publish(body_of(channel, seq, key or "", text))
            except (ConnectionClosed, TimeoutError) as error:
                self._heads[channel] -= 1
                raise ServerUnreachable(f"The line to publish on broke: {error}") from None
        return PostReceipt(cast("Any", {"id": seq}), cast("Any", {"id": thread_id}), Cursor(EPOCH, seq))


class _Line:
    """One connection that publishes in one channel, and answers to what the server asks meanwhile."""

    def __init__(self, live_url: str, adapter: type[Adapter]) -> None:
        self._live_url = live_url
        self._adapter_class = adapter
        self._subscribed = asyncio.Event()
        self._refusal = ""
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self.turn = asyncio.Lock()

    async def open(self, channel: str) -> None:
        name = self._adapter_class.subprotocol
        try:
            self._socket = await connect(
                self._live_url,
                subprotocols=None if name is None else [Subprotocol(name)],
                compression=None,
                proxy=None,
                max_size=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise ServerUnreachable(f"No WebSocket at {self._live_url}: {error}") from None
        self._adapter = self._adapter_class(channel)
        self._listening = asyncio.create_task(self._listen(self._socket))
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await self._subscribed.wait()
        except TimeoutError:
            raise ClientError(f"{self._live_url} does not answer as {self._adapter_class.__name__} expects.") from None
        if self._refusal:
            raise ClientError(f"{self._live_url} refuses: {self._refusal}")

    async def publish(self, body: str) -> None:
        assert self._socket is not None  # noqa: S101 - opened before anybody posts
        for words in self._adapter.publish(body):
            await self._socket.send(words)

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self, line: ClientConnection) -> None:
        await self._take(line, self._adapter.begin())
        try:
            async for words in line:
                await self._take(line, self._adapter.parse(words.encode() if isinstance(words, str) else words))
        except ConnectionClosed as error:
            self._refuse(str(error))
        else:
            self._refuse("it closed the connection")

    async def _take(self, line: ClientConnection, heard: Any) -> None:
        for one in heard:
            if isinstance(one, Say):
                await line.send(one.words)
            elif isinstance(one, Subscribed):
                self._subscribed.set()
            elif isinstance(one, Refused):
                self._refuse(one.sentence)

    def _refuse(self, sentence: str) -> None:
        if not self._subscribed.is_set():
            self._refusal = sentence
            self._subscribed.set()


def live_url_of(address: ServerAddress, adapter: type[Adapter]) -> str:
    """The adapter's path behind what was given with ``--url``."""
    scheme = "wss" if address.is_secure else "ws"
    return f"{scheme}{address.origin.removeprefix('https').removeprefix('http')}{adapter.path}"
