"""Everything that leans on the inside of uvicorn: its protocols, hardened, and the way out of them to the fast sink.

`LiveHttp` and `LiveWebSocket` are uvicorn's ``http=`` and ``ws=`` classes of our workers; `PatientWebSocket` is the
one without the fast sink. An application that knows the ASGI extension `TAKE_OVER` is given the socket itself in place
of an accepted ASGI WebSocket; every other one is served as ever. tests/server/sinks/test_uvicorn.py fails when another
uvicorn no longer has what is used here.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.protocol import Protocol
from websockets.server import ServerProtocol

from tertulia_server.sinks.backlog import taken_bytes
from tertulia_server.sinks.direct import GOOD_BYE_S, TAKE_OVER, DirectSink, Shared
from tertulia_server.sinks.handshake import (
    BODY_HEADERS,
    MAX_HEADERS,
    MAX_LINE_BYTES,
    PLAIN,
    Handshake,
    RawHeaders,
    accept,
    read_handshake,
)
from tertulia_server.sinks.heartbeat import Heartbeat
from tertulia_wire.codec import Encoding

WRITE_BUFFER_BYTES: Final = 64 * 1024
"""What uvicorn's own sockets may hold before an application's ``send`` waits."""

_SHARED: Final[WeakKeyDictionary[ServerState, Shared]] = WeakKeyDictionary()
_SKETCHES: Final[WeakKeyDictionary[ServerState, dict[str, Any]]] = WeakKeyDictionary()

_MADE_LATER: Final = frozenset({"conn", "request", "response", "queue", "writable", "frames"})
"""What only an application needs that does not take the socket over."""


class LiveHttp(HttpToolsProtocol):
    """Hands on what a peer sent behind its handshake, in the same bytes; takes none of another HTTP than 1.1."""

    def data_received(self, data: bytes) -> None:
        self._segment = data
        super().data_received(data)

    def handle_websocket_upgrade(self) -> None:
        upgrade = sys.exc_info()[
            1
        ]  # we are called while httptools' announcement is handled: it knows where the rest is
        rest = self._segment[upgrade.args[0] :] if upgrade is not None else b""
        if self.scope["http_version"] != "1.1":
            self.send_400_response("WebSockets begin with HTTP/1.1.")
            return
        method, headers = self.scope["method"], list(self.scope["headers"])
        handshake = read_handshake(method, self.url, headers) if self._may_be_taken_over() else None
        if handshake is not None:
            self._leave_to(LiveWebSocket.sketch(self, handshake))
        elif request := self._find_request(method, headers):
            protocol = self._make_protocol()
            protocol.begin(self, request)
            self._leave_to(protocol)
        else:
            super().handle_websocket_upgrade()
        if rest:
            cast("asyncio.Protocol", self.transport.get_protocol()).data_received(rest)

    def _may_be_taken_over(self) -> bool:
        return self.ws_protocol_class is LiveWebSocket and not self.config.ws_per_message_deflate

    def _find_request(self, method: str, headers: RawHeaders) -> Request | None:
        is_ours = issubclass(self.ws_protocol_class or object, PatientWebSocket)
        return _request_of(method, self.url, headers) if is_ours else None

    def _make_protocol(self) -> PatientWebSocket:
        make = cast("type[PatientWebSocket]", self.ws_protocol_class)
        return make(config=self.config, server_state=self.server_state, app_state=self.app_state)

    def _leave_to(self, protocol: PatientWebSocket) -> None:
        """As uvicorn does, which writes what is parsed down again and lets `websockets` parse that: a quarter of the
        cost of a connection."""
        self.connections.discard(self)
        self.transport.set_protocol(protocol)
        del self.parser  # it knows us as we know it


def _request_of(method: str, target: bytes, headers: RawHeaders) -> Request | None:
    """What `websockets` would parse; None for what it may refuse, or read in another way."""
    if method != "GET" or len(headers) > MAX_HEADERS or len(target) > MAX_LINE_BYTES:
        return None
    pairs = []
    for name, value in headers:
        if name in BODY_HEADERS or len(name) + len(value) > MAX_LINE_BYTES or PLAIN.fullmatch(value) is None:
            return None
        pairs.append((name.decode("ascii"), value.decode("ascii")))
    return Request(target.decode("ascii"), Headers(pairs)) if target.isascii() else None


class PatientWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's own protocol, except that a socket which is dead is aborted.

    A polite close waits until a full buffer is empty, which with a dead peer is for ever.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._early = b""
        self._deadline: asyncio.TimerHandle | None = None
        self._taken_bytes: int | None = None

    def begin(self, http: LiveHttp, request: Request) -> None:
        """In place of `connection_made` and the bytes of the handshake: both were read already."""
        self.connections.add(self)
        self.transport = http.transport
        self.server, self.client = http.server, http.client
        self.scheme = "wss" if http.scheme == "https" else "ws"
        self.transport.set_write_buffer_limits(WRITE_BUFFER_BYTES)
        self.conn.parser = Protocol.parse(self.conn)  # which goes on behind the handshake
        next(self.conn.parser)
        self.handle_connect(request)

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(WRITE_BUFFER_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What comes before we have answered is kept for whoever will own the socket."""
        if self.handshake_initiated and not self.handshake_complete:
            self._early += data
            self.transport.pause_reading()
        else:
            super().data_received(data)

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if self.close_sent:
            self._abort_later()
        elif self._early and self.handshake_complete:
            early, self._early = self._early, b""
            self.transport.resume_reading()
            super().data_received(early)

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._abort_later()

    def shutdown(self) -> None:
        super().shutdown()
        self._abort_later()

    def handle_close(self, event: Any) -> None:
        super().handle_close(event)
        self._abort_later()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._abort_later()

    def send_keepalive_ping(self) -> None:
        has_backlog, taken = taken_bytes(self.transport)
        self._taken_bytes = taken if has_backlog else None
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """A peer that still takes what stood before the ping is slow, not dead."""
        taken = taken_bytes(self.transport)[1]
        if self._taken_bytes is not None and taken > self._taken_bytes and self.ping_timeout is not None:
            self._taken_bytes = taken
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self.transport.abort()

    def _abort_later(self) -> None:
        if self._deadline is None and not self.disconnected:
            self._deadline = self.loop.call_later(GOOD_BYE_S, self.transport.abort)


class LiveWebSocket(PatientWebSocket):
    """Offers the application the socket itself, in place of an ASGI WebSocket."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._server_state = server_state
        self._on_close: list[Callable[[], None]] = []
        self._handshake: Handshake | None = None
        self._target = b""

    @classmethod
    def sketch(cls, http: LiveHttp, handshake: Handshake) -> LiveWebSocket:
        """For an application that takes the socket over: without all that only the others need, which is made when it
        is asked for. A fifth of what a connection costs."""
        state = _SKETCHES.get(http.server_state)
        if state is None:
            state = _SKETCHES[http.server_state] = cls._state_of_all(http)
        sketch = cls.__new__(cls)
        vars(sketch).update(state)
        sketch.begin_quickly(http, handshake)
        return sketch

    @classmethod
    def _state_of_all(cls, http: LiveHttp) -> dict[str, Any]:
        whole = cls(http.config, http.server_state, http.app_state)
        whole.conn.parser.close()  # it knows its owner, as that knows it
        own = {*_MADE_LATER, "_server_state", "_on_close"}
        return {name: value for name, value in vars(whole).items() if name not in own}

    def begin_quickly(self, http: LiveHttp, handshake: Handshake) -> None:
        """As `begin` and uvicorn's ``handle_connect``."""
        self._server_state, self._on_close = http.server_state, []
        self.connections.add(self)
        self.transport = http.transport
        self.server, self.client = http.server, http.client
        self.scheme = "wss" if http.scheme == "https" else "ws"
        self._handshake, self._target, self.handshake_initiated = handshake, http.url, True
        raw_path, _, query = http.url.partition(b"?")
        self.scope = {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "server": self.server,
            "client": self.client,
            "root_path": self.root_path,
            "path": self.root_path + unquote(raw_path.decode("ascii")),
            "raw_path": self.root_path.encode("ascii") + raw_path,
            "query_string": query,
            "headers": list(http.scope["headers"]),
            "subprotocols": list(handshake.subprotocols),
            "state": self.app_state.copy(),
            "extensions": {
                "websocket.http.response": {},
                TAKE_OVER: {"take": self.take, "on_close": self._on_close},
            },
        }
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def __getattr__(self, name: str) -> Any:
        """What `sketch` left out, when somebody asks for it after all."""
        if name not in _MADE_LATER or "scope" not in vars(self):
            raise AttributeError(name)
        if name == "queue":
            self.queue = asyncio.Queue()
            self.queue.put_nowait({"type": "websocket.connect"})
        elif name == "writable":
            self.writable = asyncio.Event()
            self.writable.set()
        elif name == "frames":
            self.frames = []
        else:
            self._make_whole()
        return vars(self)[name]

    def _make_whole(self) -> None:
        request = _request_of("GET", self._target, list(self.scope["headers"]))
        assert request is not None  # noqa: S101 - a handshake that is read quickly is one of those
        self.conn = ServerProtocol(max_size=self.config.ws_max_size, logger=self.logger)
        self.conn.parser = Protocol.parse(self.conn)
        next(self.conn.parser)
        self.request, self.response = request, self.conn.accept(request)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for tell in self._on_close:
            tell()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if isinstance(self.transport, _LetGo):
            self._forget()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[TAKE_OVER] = {"take": self.take, "on_close": self._on_close}

    def take(self, encoding: Encoding, max_outbox_bytes: int) -> tuple[DirectSink, bytes] | None:
        """A `Take`. The endpoint returns soon afterwards, and calls nothing of ASGI any more."""
        transport = self.transport
        if self.disconnected or transport.is_closing():
            return None
        acceptance = self._acceptance(encoding.value)
        sink = DirectSink(encoding, transport, self._shared(), self._on_close, acceptance)
        self.connections.discard(self)
        transport.set_write_buffer_limits(max_outbox_bytes, max_outbox_bytes // 2)
        transport.set_protocol(sink)
        if self._early:
            transport.resume_reading()
        self.transport = _LetGo()
        self.disconnected = True
        return sink, self._early

    def _forget(self) -> None:
        """The socket is somebody else's. Many of the eighty objects of a handshake know each other in circles.

        With these cut all are gone now; searches for such garbage were a fifth of what a connection cost.
        """
        if "conn" in vars(self):
            self.conn.parser.close()
            del self.conn, self.request, self.response
        del self.scope

    def _acceptance(self, subprotocol: str) -> bytes:
        if self._handshake is not None and "conn" not in vars(self):
            self.handshake_complete = True
            return accept(self._handshake, subprotocol, self.default_headers)
        headers = self.response.headers
        del headers["Date"]
        for name, value in self.default_headers:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        headers["Sec-WebSocket-Protocol"] = subprotocol
        self.handshake_complete = True
        self.conn.send_response(self.response)
        return b"".join(self.conn.data_to_send())

    def _shared(self) -> Shared:
        shared = _SHARED.get(self._server_state)
        if shared is None:
            period_s = self.config.ws_ping_timeout
            heartbeat = Heartbeat(period_s) if period_s else None
            shared = _SHARED[self._server_state] = Shared(cast("set[Any]", self.connections), heartbeat)
        return shared


class _LetGo(asyncio.Transport):
    """In place of a transport that belongs to somebody else now: uvicorn closes it when the application returns."""

    def is_closing(self) -> bool:
        return True

    def close(self) -> None:
        return None
