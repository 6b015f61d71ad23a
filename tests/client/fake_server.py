"""A server in the test's own process that speaks the real protocol over a real socket, and misbehaves on demand.

One asyncio server takes both: ``GET /live`` becomes a WebSocket, everything else is the API of a forum in memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import parse_qsl

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_client_message, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, reset_reason
from tertulia_wire.data import CardData, PostData, ThreadData
from tertulia_wire.events import key_hash
from tertulia_wire.hello import hello_data

BOT: CardData = {
    "id": 7,
    "version": 1,
    "name": "Bot",
    "rank": "BOT",
    "is_banned": False,
    "is_bot": True,
    "joined_day": None,
    "positive": 0,
    "messages": 0,
    "negative": 0,
}
ANA: CardData = {**BOT, "id": 1, "name": "Ana", "is_bot": False}


def thread_data(thread_id: int, posts: int = 0) -> ThreadData:
    return {
        "id": thread_id,
        "version": posts + 1,
        "forum_id": 3,
        "title": f"Thread {thread_id}",
        "slug": "thread",
        "starter": "Ana",
        "started_ms": None,
        "started_day": None,
        "post_count": posts,
        "last_number": posts,
        "last_post_ms": None,
        "last_post_by": None,
        "is_locked": False,
        "is_pinned": False,
    }


def post_data(post_id: int, thread_id: int, number: int, text: str, author: CardData = ANA) -> PostData:
    return {
        "id": post_id,
        "version": 1,
        "thread_id": thread_id,
        "number": number,
        "author": author,
        "format": "markdown",
        "text": text,
        "html": f"<p>{text}</p>",
        "created_ms": 1_700_000_000_000,
        "created_day": None,
        "edited_ms": None,
        "is_removed": False,
        "positive": 0,
        "negative": 0,
    }


class FakeServer:
    """``async with FakeServer() as server``; threads exist as soon as they are named."""

    def __init__(self) -> None:
        self.epoch = "e1"
        self.logs: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.posts: list[PostData] = []
        self.connections: set[FakeConnection] = set()
        self.connection_count = 0
        self.requests: list[tuple[str, str, Any]] = []
        self.heartbeat_ms = 25_000
        self.unknown_channels: set[str] = set()
        self.forum_ids = [3]
        self.handshake_answers: list[bytes] = []
        """Whole HTTP answers for the next handshakes, instead of an upgrade."""
        self.api_answers: list[tuple[int, Any]] = []
        """Status and body for the next requests of the API, before anything is done."""
        self.drop_api_answers = 0
        """So many requests are carried out, and then the connection is cut."""
        self.is_stalled = False
        self.lose_seq = 0
        """The event with this seq is never sent."""
        self.double_seq = 0
        """That with this one is sent twice."""
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

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As kill -9: no good-bye to anybody."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut_all(self) -> None:
        for connection in list(self.connections):
            connection.cut()

    def tell_all(self, message: m.ServerMessage) -> None:
        for connection in self.connections:
            connection.send(message)

    def publish(self, channel: str, name: str, data: Mapping[str, Any]) -> int:
        log = self.logs.setdefault(channel, [])
        log.append((name, data))
        for connection in list(self.connections):
            connection.serve(channel)
        return len(log)

    def say(self, text: str, *, thread_id: int = 1, author: CardData = ANA, key: str = "") -> dict[str, Any]:
        """A post by somebody; its event goes to the thread."""
        number = sum(post["thread_id"] == thread_id for post in self.posts) + 1
        post = post_data(len(self.posts) + 1, thread_id, number, text, author)
        self.posts.append(post)
        self._changed.set()
        thread = thread_data(thread_id, number)
        data: dict[str, Any] = {"post": post, "thread": thread}
        if key:
            data["key_hash"] = key_hash(key)
        seq = self.publish(f"thread:{thread_id}", "post.created", data)
        return {"post": post, "thread": thread, "cursor": [self.epoch, seq], "replayed": False}

    async def has_posts(self, count: int) -> None:
        """Wait for so many posts, whoever wrote them."""
        while len(self.posts) < count:
            self._changed.clear()
            await self._changed.wait()

    @property
    def texts(self) -> list[str]:
        return [post["text"] or "" for post in self.posts]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
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
            if path == "/live":
                if self.handshake_answers:
                    writer.write(self.handshake_answers.pop(0))
                    return
                await FakeConnection(self, reader, writer).run(head)
                return
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head.decode().split("\r\n")[1:])
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status, answer = self._answer(method, path, json.loads(body) if body else None, headers)
            if self.drop_api_answers:
                self.drop_api_answers -= 1
                return
            payload = json.dumps(answer).encode()
            writer.write(f"HTTP/1.1 {status} Ok\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload)

    def _answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, Any]:
        self.requests.append((method, path, body))
        if self.api_answers:
            return self.api_answers.pop(0)
        match [method, *path.strip("/").split("/")]:
            case ["POST", "api", "threads", thread_id, "posts"]:
                key = headers["idempotency-key"]
                if key in self.keys:
                    return 200, {**self.keys[key], "replayed": True}
                author = BOT if "authorization" in headers else ANA
                self.keys[key] = self.say(body["text"], thread_id=int(thread_id), author=author, key=key)
                return 201, self.keys[key]
            case ["POST", "api", "forums", _, "threads"]:
                return 201, self.say(body["text"], thread_id=17, author=BOT)
            case ["GET", "api", "forums"]:
                return 200, {"forums": [{"forum": {"id": forum_id, "name": "Forum"}} for forum_id in self.forum_ids]}
            case ["GET", "api", query] if query.startswith("log?"):
                return self._read_log(dict(parse_qsl(query[4:])))
            case ["DELETE", "api", "posts", post_id]:
                post = self.posts[int(post_id) - 1]
                return 200, {"post": post, "thread": thread_data(post["thread_id"]), "cursor": [self.epoch, 0]}
            case ["GET", "api", "threads", thread_id]:
                return 200, {"thread": thread_data(int(thread_id)), "cursor": [self.epoch, 0]}
            case _:
                return 404, {"code": int(Code.NOT_FOUND), "detail": Code.NOT_FOUND.sentence}

    def _read_log(self, query: Mapping[str, str]) -> tuple[int, Any]:
        """At most three events at once, so that a search has to take steps."""
        log = self.logs.setdefault(query["channel"], [])
        after = Cursor.parse(query["after"])
        if after.epoch != self.epoch:
            return 410, {"code": int(Code.CURSOR_RESET), "detail": "gone", "cursor": [self.epoch, len(log)]}
        until = min(len(log), after.seq + 3)
        events = [[query["channel"], seq, *log[seq - 1]] for seq in range(after.seq + 1, until + 1)]
        return 200, {"events": events, "cursor": [self.epoch, max(after.seq, until)], "head": len(log)}


class FakeConnection:
    """One WebSocket of the fake server."""

    def __init__(self, server: FakeServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._websocket = ServerProtocol(subprotocols=[Subprotocol(item.value) for item in Encoding])
        self._encoding = Encoding.MSGPACK
        self.positions: dict[str, int] = {}
        self.received: list[m.ClientMessage] = []
        self._has_news = asyncio.Condition()

    async def has_received(self, kind: type[m.ClientMessage], count: int) -> None:
        """Wait for so many messages of a kind."""
        async with self._has_news:
            await self._has_news.wait_for(lambda: sum(isinstance(item, kind) for item in self.received) >= count)

    async def run(self, head: bytes) -> None:
        self._server.connections.add(self)
        self._server.connection_count += 1
        try:
            data = head
            while data:
                self._take(data)
                if self._websocket.state is State.CLOSED:
                    return
                async with self._has_news:
                    self._has_news.notify_all()
                data = await self._reader.read(65536)
        finally:
            self._server.connections.discard(self)

    def send(self, message: m.ServerMessage) -> None:
        self.send_raw(encode(message, self._encoding))

    def send_raw(self, payload: bytes) -> None:
        if self._encoding.is_text:
            self._websocket.send_text(payload)
        else:
            self._websocket.send_binary(payload)
        self._flush()

    def close(self, code: int, reason: str = "") -> None:
        self._websocket.send_close(code, reason)
        self._flush()

    def cut(self) -> None:
        self._writer.transport.abort()

    def serve(self, channel: str) -> None:
        """Send what the subscription of this channel has not been sent yet."""
        position = self.positions.get(channel)
        if position is None or self._server.is_stalled:
            return
        log = self._server.logs.setdefault(channel, [])
        for seq, (name, data) in list(enumerate(log, 1))[position:]:
            times = (seq != self._server.lose_seq) + (seq == self._server.double_seq)
            for _ in range(times):
                self.send(m.Event(channel, seq, name, data))
        self.positions[channel] = len(log)

    def _take(self, data: bytes) -> None:
        self._websocket.receive_data(data)
        for event in self._websocket.events_received():
            if isinstance(event, Request):
                self._accept(event)
            elif isinstance(event, Frame) and event.opcode in (Opcode.BINARY, Opcode.TEXT):
                raw = bytes(event.data)
                self._on_message(decode_client_message(raw.decode() if self._encoding.is_text else raw, self._encoding))
        self._flush()

    def _accept(self, request: Request) -> None:
        self._websocket.send_response(self._websocket.accept(request))
        self._encoding = Encoding(self._websocket.subprotocol)
        who = {"id": BOT["id"], "name": BOT["name"]} if "Authorization" in request.headers else None
        self.send(m.Hello(hello_data(heartbeat_ms=self._server.heartbeat_ms, member=who)))  # type: ignore[arg-type]

    def _on_message(self, message: m.ClientMessage) -> None:
        self.received.append(message)
        if self._server.is_stalled:
            return
        match message:
            case m.Subscribe(ref, items):
                self._subscribe(ref, items)
            case m.Unsubscribe(_, channels):
                for channel in channels:
                    if self.positions.pop(channel, None) is not None:
                        self.send(m.Unsubscribed(channel, "asked"))
            case m.Ping(ref):
                self.send(m.Pong(ref))

    def _subscribe(self, ref: int, items: Any) -> None:
        outcomes: list[m.Accepted | m.Refused] = []
        resets: list[m.Reset] = []
        for channel, cursor in items:
            if channel in self._server.unknown_channels:
                outcomes.append(m.Refused(channel, Code.UNKNOWN_CHANNEL, Code.UNKNOWN_CHANNEL.sentence))
                continue
            head = len(self._server.logs.setdefault(channel, []))
            place = Cursor(self._server.epoch, head)
            reason = cursor and reset_reason(cursor, epoch=self._server.epoch, first=1, head=head)
            if reason:
                resets.append(m.Reset(channel, place, reason))
            outcomes.append(m.Accepted(channel, cursor if cursor and not reason else place, head))
            self.positions[channel] = cursor.seq if cursor and not reason else head
        self.send(m.Subscribed(ref, outcomes))
        for reset in resets:
            self.send(reset)
        for channel in self.positions:
            self.serve(channel)

    def _flush(self) -> None:
        for data in self._websocket.data_to_send():
            if data:
                self._writer.write(data)
            elif self._writer.can_write_eof():
                self._writer.write_eof()
