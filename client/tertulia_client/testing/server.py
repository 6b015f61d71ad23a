"""A server in the test's own process that speaks the real protocol over a real socket, and misbehaves on demand.

One asyncio server takes both: ``GET /live`` becomes a WebSocket, everything else is the API of a forum in memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from tertulia_client.testing.answering import answer, problem
from tertulia_client.testing.connection import FakeConnection
from tertulia_client.testing.faults import Faults
from tertulia_client.testing.samples import ANA, BOT, FORUM_ID, post_data, thread_data
from tertulia_wire import messages as m
from tertulia_wire.codec import choose_encoding
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import CardData, HelloData, PostData, WhoData
from tertulia_wire.events import POST_CREATED, POST_EDITED, POST_REMOVED, key_hash
from tertulia_wire.hello import hello_data

HEARTBEAT_MS = 25_000


class FakeServer:
    """``async with FakeServer() as server``; threads exist as soon as they are named.

    ``tokens``: the only ones that are taken; None takes any. Whoever sends one is `BOT`.
    """

    def __init__(self, *, tokens: frozenset[str] | None = None) -> None:
        self.epoch = "e1"
        self.logs: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.posts: list[PostData] = []
        self.forum_ids = [FORUM_ID]
        self.connections: set[FakeConnection] = set()
        self.connection_count = 0
        self.requests: list[tuple[str, str, Any]] = []
        self.heartbeat_ms = HEARTBEAT_MS
        self.unknown_channels: set[str] = set()
        self.faults = Faults()
        self._tokens = tokens
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As kill -9: no good-bye to anybody. `start` goes on with the same forum."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What happens to connections

    def cut_all(self) -> None:
        """End all connections without a word."""
        for connection in list(self.connections):
            connection.cut()

    def tell_all(self, message: m.ServerMessage) -> None:
        for connection in list(self.connections):
            connection.send(message)

    def renew_epoch(self) -> None:
        """Another log, as after a restored backup; followers are reset."""
        self.epoch = f"e{int(self.epoch[1:]) + 1}"
        for connection in list(self.connections):
            for channel in connection.positions:
                head = connection.positions[channel] = len(self.logs.get(channel, []))
                connection.send(m.Reset(channel, Cursor(self.epoch, head), "epoch"))

    # What happens in the forum

    def publish(self, channel: str, name: str, data: Mapping[str, Any]) -> int:
        """Log an event and send it to those who follow; its seq."""
        log = self.logs.setdefault(channel, [])
        log.append((name, data))
        for connection in list(self.connections):
            connection.serve(channel)
        return len(log)

    def say(self, text: str, *, thread_id: int = 1, author: CardData = ANA, key: str = "") -> dict[str, Any]:
        """A post by somebody; its event goes to the thread, and to its forum if that is followed."""
        number = sum(post["thread_id"] == thread_id for post in self.posts) + 1
        post = post_data(len(self.posts) + 1, thread_id, number, text, author)
        self.posts.append(post)
        self._changed.set()
        return self._tell(POST_CREATED, post, {"key_hash": key_hash(key)} if key else {})

    def edit(self, post_id: int, text: str) -> dict[str, Any]:
        post = self.posts[post_id - 1]
        post["text"], post["html"], post["version"] = text, f"<p>{text}</p>", post["version"] + 1
        return self._tell(POST_EDITED, post)

    def remove(self, post_id: int) -> dict[str, Any]:
        post = self.posts[post_id - 1]
        post["text"], post["html"], post["is_removed"], post["version"] = None, None, True, post["version"] + 1
        return self._tell(POST_REMOVED, post)

    async def has_posts(self, count: int) -> None:
        """Wait for so many posts, whoever wrote them."""
        while len(self.posts) < count:
            self._changed.clear()
            await self._changed.wait()

    @property
    def texts(self) -> list[str]:
        """Of all posts, in the order in which they were written."""
        return [post["text"] or "" for post in self.posts]

    def _tell(self, name: str, post: PostData, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        thread_id = post["thread_id"]
        thread = thread_data(thread_id, max(one["number"] for one in self.posts if one["thread_id"] == thread_id))
        data = {"post": post.copy(), "thread": thread, **(more or {})}
        seq = self.publish(f"thread:{thread_id}", name, data)
        if f"forum:{FORUM_ID}" in self.followed:
            self.publish(f"forum:{FORUM_ID}", name, data)
        return {"post": post, "thread": thread, "cursor": [self.epoch, seq], "replayed": False}

    # What connections and requests ask for

    @property
    def followed(self) -> set[str]:
        return {channel for connection in self.connections for channel in connection.positions}

    def refusal_of(self, channel: str, who: WhoData | None) -> m.Refused | None:
        """A channel that is not there, or another member's."""
        is_others = channel.startswith("member:") and (who is None or channel != f"member:{who['id']}")
        if is_others or channel in self.unknown_channels:
            return m.Refused(channel, Code.UNKNOWN_CHANNEL, Code.UNKNOWN_CHANNEL.sentence)
        return None

    def takes(self, authorization: str | None) -> bool:
        """Whether a request with this header is let in; one without is a guest's."""
        if authorization is None or self._tokens is None:
            return True
        return authorization.removeprefix("Bearer ") in self._tokens

    def who(self, authorization: str | None) -> WhoData | None:
        return None if authorization is None else {"id": BOT["id"], "name": BOT["name"]}

    def hello(self, who: WhoData | None) -> HelloData:
        return hello_data(heartbeat_ms=self.heartbeat_ms, member=who)

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in a task
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._serve_requests(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _serve_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            headers = _headers(head)
            if path == "/live":
                refusal = self._refuse_handshake(headers)
                if refusal is None:
                    await FakeConnection(self, reader, writer).run(head)
                else:
                    writer.write(refusal)
                return
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status, value = self._answer(method, path, json.loads(body) if body else None, headers)
            if self.faults.drop_api_answers:
                self.faults.drop_api_answers -= 1
                return
            writer.write(_response(status, value))

    def _answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, Any]:
        self.requests.append((method, path, body))
        if self.faults.api_answers:
            return self.faults.api_answers.pop(0)
        if not self.takes(headers.get("authorization")):
            return problem(Code.UNAUTHENTICATED)
        return answer(self, method, path, body, headers)

    def _refuse_handshake(self, headers: Mapping[str, str]) -> bytes | None:
        if self.faults.handshake_answers:
            return self.faults.handshake_answers.pop(0)
        offered = [name.strip() for name in headers.get("sec-websocket-protocol", "").split(",")]
        if choose_encoding(offered) is None:
            return _response(*problem(Code.PROTOCOL_UNSUPPORTED))
        return None if self.takes(headers.get("authorization")) else _response(*problem(Code.UNAUTHENTICATED))


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines}


def _response(status: int, value: Any) -> bytes:
    payload = json.dumps(value).encode()
    return f"HTTP/1.1 {status} Ok\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload
