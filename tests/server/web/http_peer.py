"""A client of the streams without a protocol of its own: reads server-sent events and long polls as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx2 as httpx

from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.messages import Event, Hello, ServerMessage, Subscribed

LIMIT_S: Final = 10.0


@dataclass(frozen=True)
class Said:
    """One server-sent event."""

    kind: str
    data: Any
    id: str
    retry_ms: int | None

    @property
    def message(self) -> ServerMessage:
        message = decode_server_message(json.dumps(self.data), Encoding.JSON)
        assert message.kind == self.kind
        return message


class StreamPeer:
    """Reads an answer of ``/live/events``; ``id`` is what a browser would come back with."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.id = ""
        self.retry_ms = 0
        self._lines = response.aiter_lines()

    async def said(self) -> Said | None:
        """The next event, or None at the end of the stream."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(LIMIT_S):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name == "retry":
                    self.retry_ms = int(value)
                if line and name:
                    fields[name] = value
                elif not line and "data" in fields:
                    break
            else:
                return None
        self.id = fields.get("id", self.id)
        retry_ms = int(fields["retry"]) if "retry" in fields else None
        data = json.loads(fields["data"])
        return Said(fields.get("event", data[0]), data, self.id, retry_ms)

    async def hear(self) -> ServerMessage:
        said = await self.said()
        assert said is not None, "the stream is over"
        return said.message

    async def greeted(self) -> tuple[Hello, Subscribed]:
        hello, subscribed = await self.hear(), await self.hear()
        assert isinstance(hello, Hello)
        assert isinstance(subscribed, Subscribed)
        return hello, subscribed

    async def hear_events(self, count: int) -> list[Event]:
        messages = [await self.hear() for _ in range(count)]
        assert all(isinstance(message, Event) for message in messages), messages
        return messages  # type: ignore[return-value]


@dataclass(frozen=True)
class Polled:
    """The answer of ``/live/poll``."""

    messages: Sequence[ServerMessage]
    since: str
    close: tuple[int, str] | None

    @property
    def events(self) -> list[Event]:
        return [message for message in self.messages if isinstance(message, Event)]


class HttpPeer:
    """Somebody at the address of a server, with these headers."""

    def __init__(self, origin: str, /, **headers: str) -> None:
        self._http = httpx.AsyncClient(base_url=origin, headers=headers, timeout=LIMIT_S, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def stream(
        self, channels: str = "", since: str = "", last_event_id: str = "", **more: str
    ) -> AsyncIterator[StreamPeer]:
        headers = {"last-event-id": last_event_id} if last_event_id else {}
        query = {"channels": channels, "since": since, "ref": "7", **more}
        async with self._http.stream("GET", "/live/events", params=query, headers=headers) as response:
            yield StreamPeer(response)

    async def poll(self, channels: str = "", since: str = "", wait_ms: int = 10_000) -> Polled:
        response = await self.get("/live/poll", channels=channels, since=since, wait_ms=str(wait_ms), ref="7")
        assert response.status_code == 200, response.text
        answer = response.json()
        messages = [decode_server_message(json.dumps(message), Encoding.JSON) for message in answer["messages"]]
        return Polled(messages, answer["since"], tuple(answer["close"]) if "close" in answer else None)

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self._http.get(path, params=query)


@asynccontextmanager
async def http_peer(origin: str, /, **headers: str) -> AsyncIterator[HttpPeer]:
    peer = HttpPeer(origin, **headers)
    try:
        yield peer
    finally:
        await peer.close()
