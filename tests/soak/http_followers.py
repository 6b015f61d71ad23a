"""Followers over server-sent events and over long poll, made straight from the protocol's page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2 as httpx

from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.codes import Action, action_of
from tertulia_wire.cursors import CursorVector
from tertulia_wire.messages import Accepted, Drain, Error, Event, Hello, Refused, Reset, Subscribed, Unsubscribed
from tests.soak.followers import SILENCE_LIMIT_S, BrokenError, Follower

OPEN_LIMIT_S: Final = 4.0
POLL_WAIT_MS: Final = 1000
POLL_LIMIT_S: Final = 4.0


class HttpFollower(Follower):
    """What both have in common: the address that asks, and the messages that come."""

    path: str

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.last_id = ""
        self.heartbeat_s = SILENCE_LIMIT_S

    async def follow(self, door: str) -> None:
        timeout = httpx.Timeout(None, connect=OPEN_LIMIT_S)
        try:
            async with httpx.AsyncClient(base_url=f"http://{door}", timeout=timeout, trust_env=False) as http:
                await self.listen(http)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise BrokenError(repr(error)) from error

    async def listen(self, http: httpx.AsyncClient) -> None:
        raise NotImplementedError

    def question(self) -> dict[str, str]:
        """The query from where we are."""
        known = {name: cursor for name, cursor in self.cursors.items() if name in self.channels}
        return {"channels": ",".join(self.channels), "since": str(CursorVector.of(known))}

    def take(self, value: Any) -> None:
        """One message, decoded from JSON."""
        frame = json.dumps(value, ensure_ascii=False)
        match decode_server_message(frame, Encoding.JSON):
            case Hello(data):
                self.heartbeat_s = max(SILENCE_LIMIT_S, data["heartbeat_ms"] / 1000)
            case Event(channel, seq, name, data):
                self.take_event(channel, seq, name, data, frame)
            case Subscribed(_, items):
                for item in items:
                    self._take_item(item)
            case Reset(channel, cursor, reason):
                self.take_reset(channel, cursor, reason)
            case Unsubscribed(channel, reason):
                self.take_unsubscribed(channel, reason)
                raise BrokenError(f"unsubscribed: {reason}")
            case Error(_, code, words):
                raise BrokenError(f"{code} {words}")
            case Drain(after_ms):
                raise BrokenError(f"told to come back after {after_ms} ms")

    def take_subscribed_again(self, item: Accepted) -> bool:
        """Whether this answer says nothing new: it comes with every poll."""
        del item
        return False

    def _take_item(self, item: Accepted | Refused) -> None:
        match item:
            case Accepted(channel, cursor, head):
                if not self.take_subscribed_again(item):
                    self.take_subscribed(channel, cursor, head)
            case Refused(channel, code, words) if action_of(code) is Action.RETRY:
                raise BrokenError(f"{channel} refused: {words}")
            case Refused(channel, code, words):
                self.take_unsubscribed(channel, f"{code} {words}")


class SseFollower(HttpFollower):
    """Goes on from its own cursors, or as a browser does: from the id of the last event."""

    transport = "sse"

    async def listen(self, http: httpx.AsyncClient) -> None:
        query, headers = self.question(), {}
        if self.last_id and CursorVector.parse(self.last_id) == self.cursors and self.dice.random() < 0.5:
            query, headers = {"channels": query["channels"]}, {"Last-Event-ID": self.last_id}
        asked_ms = self.clock()
        async with asyncio.timeout(OPEN_LIMIT_S):
            request = http.build_request("GET", "/live/events", params=query, headers=headers)
            response = await http.send(request, stream=True)
        try:
            if response.status_code != httpx.codes.OK:
                raise BrokenError(f"status {response.status_code}")
            self.sent_after_ms = asked_ms
            await self._read(response.aiter_lines())
        finally:
            await response.aclose()

    async def _read(self, lines: AsyncIterator[str]) -> None:
        fields: dict[str, str] = {}
        while True:
            await self.wait_readable()
            async with asyncio.timeout(self.heartbeat_s):
                line = await anext(lines, None)
            if line is None:
                return
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
                continue
            if fields.get("event") == "close":
                raise BrokenError(f"closed: {fields['data']}")
            if "data" in fields:
                self.take(json.loads(fields["data"]))
                self.last_id = fields.get("id", self.last_id)
            fields.clear()


class PollFollower(HttpFollower):
    """Asks again and again, from the place that the last answer named."""

    transport = "poll"

    async def listen(self, http: httpx.AsyncClient) -> None:
        self._accepted: set[str] = set()
        while True:
            await self.wait_readable()
            query = {**self.question(), "wait_ms": str(POLL_WAIT_MS)}
            asked_ms = self.clock()
            async with asyncio.timeout(POLL_LIMIT_S):
                response = await http.get("/live/poll", params=query)
            if response.status_code != httpx.codes.OK:
                raise BrokenError(f"status {response.status_code}")
            answer = response.json()
            self.sent_after_ms = asked_ms
            for message in answer["messages"]:
                self.take(message)
            if "close" in answer:
                raise BrokenError(f"closed: {answer['close']}")
            if CursorVector.parse(answer["since"]) != {name: self.cursors.get(name) for name in self.channels}:
                raise BrokenError(f"the answer goes on from {answer['since']}, its messages lead to {self.cursors}")

    def take_subscribed_again(self, item: Accepted) -> bool:
        is_known = item.channel in self._accepted
        self._accepted.add(item.channel)
        return is_known
