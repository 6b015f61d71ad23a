"""The hand-over from uvicorn, and uvicorn's own way made patient; fails when uvicorn is no longer what it was."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server, ServerState
from websockets.datastructures import Headers
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.protocol import Protocol
from websockets.server import ServerProtocol

from tertulia_server.hub.frame import Frame
from tertulia_server.sinks import uvicorn as module
from tertulia_server.sinks.asgi import AsgiSink
from tertulia_server.sinks.backlog import taken_bytes
from tertulia_server.sinks.direct import TAKE_OVER, DirectSink
from tertulia_server.sinks.handshake import MAX_HEADERS, MAX_LINE_BYTES
from tertulia_server.sinks.uvicorn import LiveHttp, LiveWebSocket, PatientWebSocket
from tests.server.sinks.place import Listening, Place, open_place
from tests.server.sinks.socket_peer import BUFFER_BYTES, LIMIT_S, SocketPeer, wire

FRAME = Frame([b"x" * BUFFER_BYTES], is_text=False)
SUBPROTOCOL = "tertulia.v1.msgpack"
LEANED_ON: dict[type, set[str]] = {
    HttpToolsProtocol: {"data_received", "handle_websocket_upgrade"},
    WebSocketsSansIOProtocol: {
        "connection_made",
        "connection_lost",
        "data_received",
        "handle_connect",
        "handle_close",
        "handle_parser_exception",
        "keepalive_timeout",
        "on_task_complete",
        "run_asgi",
        "send",
        "send_keepalive_ping",
        "shutdown",
    },
    Server: {"shutdown"},
}
HANDSHAKE = Headers(
    [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAECAwQFBgcICQoLDA0ODw=="),
    ]
)
STATE = {"close_sent", "conn", "connections", "default_headers", "disconnected", "handshake_complete"} | {
    *("app_state", "asgi_version", "config", "frames", "logger", "queue", "root_path", "tasks", "writable"),
    "client",
    "handshake_initiated",
    "loop",
    "ping_timeout",
    "pong_timer",
    "scheme",
    "server",
    "transport",
}


@pytest.fixture(params=["patient", "direct"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with open_place(request.param) as opened:
        yield opened


@pytest.fixture
async def direct_place() -> AsyncIterator[Place]:
    async with open_place("direct") as opened:
        yield opened


async def protocol_of(place: Place) -> Any:
    """uvicorn's object for the one connection."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            for one in place.server.server_state.connections:
                if hasattr(one, "conn"):
                    return one
            await asyncio.sleep(0)


@pytest.mark.parametrize("parent", LEANED_ON, ids=lambda parent: parent.__name__)
def test_uvicorn_has_the_methods_that_are_leaned_on(parent: type) -> None:
    assert LEANED_ON[parent] <= set(vars(parent))


def test_uvicorn_keeps_its_state_where_we_look() -> None:
    source = inspect.getsource(WebSocketsSansIOProtocol.__init__)
    assert {name for name in STATE if f"self.{name}" not in source} == set()
    assert "connections" in vars(ServerState())


def test_websockets_reads_on_where_we_let_it() -> None:
    """Behind a handshake that it did not parse: its own parser of frames, begun anew."""
    core = ServerProtocol()
    core.parser = Protocol.parse(core)
    next(core.parser)
    core.send_response(core.accept(Request("/", HANDSHAKE)))
    core.receive_data(wire(Opcode.BINARY, b"1"))
    [frame] = core.events_received()
    assert isinstance(frame, WireFrame)
    assert frame.data == b"1"


async def test_scope_is_the_one_that_uvicorn_makes(direct_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not the handshake is written down and parsed again."""
    for _ in range(2):
        async with direct_place.peer():
            pass
        monkeypatch.setattr(module, "MAX_HEADERS", 0)
    quick, slow = direct_place.scopes
    for scope in (quick, slow):
        scope["client"] = scope["client"][0]
        scope["headers"] = [item for item in scope["headers"] if item[0] != b"sec-websocket-key"]
        scope["extensions"] = set(scope["extensions"])
    assert quick == slow


@pytest.mark.parametrize(
    ("method", "target", "header"),
    [
        ("POST", b"/", (b"a", b"b")),
        ("GET", b"/" + b"x" * MAX_LINE_BYTES, (b"a", b"b")),
        ("GET", "/é".encode(), (b"a", b"b")),
        ("GET", b"/", (b"content-length", b"0")),
        ("GET", b"/", (b"a", "é".encode())),
        ("GET", b"/", (b"a", b"b" * MAX_LINE_BYTES)),
    ],
)
def test_what_websockets_might_refuse_is_left_to_it(method: str, target: bytes, header: tuple[bytes, bytes]) -> None:
    assert module._request_of("GET", b"/live?a=1", [(b"a", b"b")]) is not None
    assert module._request_of(method, target, [header]) is None
    assert module._request_of("GET", b"/", [(b"a", b"b")] * (MAX_HEADERS + 1)) is None


async def test_frames_behind_the_handshake_are_not_lost(place: Place) -> None:
    """In the same segment as the handshake: whole messages, and the beginning of one."""
    behind = wire(Opcode.BINARY, b"1") + wire(Opcode.PING, b"p") + wire(Opcode.TEXT, b"be", is_final=False)
    async with place.peer(behind=behind) as (peer, owner):
        await peer.send(wire(Opcode.CONT, b"gun"))
        assert await owner.heard(2) == [b"1", "begun"]
        await peer.heard(Opcode.PONG)


async def test_frames_that_come_before_the_answer_are_not_lost_nor_answered_before_it(place: Place) -> None:
    place.gate.clear()
    peer = await SocketPeer.open(place.port, SUBPROTOCOL, behind=wire(Opcode.BINARY, b"1"))
    protocol = await protocol_of(place)
    await peer.send(wire(Opcode.PING, b"early"), wire(Opcode.BINARY, b"2"), wire(Opcode.BINARY, b"3"))
    assert not protocol.handshake_complete
    place.gate.set()
    await peer.shaken()
    owner = await place.owner()
    assert await owner.heard(3) == [b"1", b"2", b"3"]
    await peer.heard(Opcode.PONG)
    await peer.send(wire(Opcode.BINARY, b"4"))  # reading goes on
    assert await owner.heard(4) == [b"1", b"2", b"3", b"4"]
    await peer.close()


async def test_application_that_does_not_take_the_socket_over_has_a_plain_websocket(direct_place: Place) -> None:
    """All that was left out of the quick handshake is there when it is asked for."""
    direct_place.is_taking = False
    behind = wire(Opcode.BINARY, b"1") + wire(Opcode.PING, b"p")
    async with direct_place.peer(behind=behind) as (peer, owner):
        assert isinstance(owner.sink, AsgiSink)
        await peer.heard(Opcode.PONG)
        await peer.send(wire(Opcode.TEXT, b"2"))
        assert await owner.heard(2) == [b"1", "2"]
        assert owner.sink.push(Frame([b"3"], is_text=False))
        assert (await peer.heard(Opcode.BINARY)).data == b"3"
    await owner.end_of()


async def test_peer_that_left_before_the_answer_is_not_taken_over(direct_place: Place) -> None:
    direct_place.gate.clear()
    peer = await SocketPeer.open(direct_place.port, SUBPROTOCOL)
    await protocol_of(direct_place)
    peer.leave()
    async with asyncio.timeout(LIMIT_S):
        while direct_place.server.server_state.connections:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0)
    direct_place.gate.set()
    async with asyncio.timeout(LIMIT_S):
        while direct_place.server.server_state.tasks:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0)
    assert direct_place.owners.empty()


async def test_bound_of_the_sink_replaces_uvicorns(direct_place: Place) -> None:
    async with direct_place.peer() as (peer, owner):
        assert isinstance(owner.sink, DirectSink)
        peer.stop()
        while owner.sink.push(FRAME):
            pass
        held_bytes = owner.sink._transport.get_write_buffer_size()
        assert direct_place.max_outbox_bytes < held_bytes <= direct_place.max_outbox_bytes + BUFFER_BYTES + 10


async def test_middleware_sees_the_end_by_the_hook(direct_place: Place) -> None:
    ended = asyncio.Event()
    direct_place.middleware = lambda scope: scope["extensions"][TAKE_OVER]["on_close"].append(ended.set)
    async with direct_place.peer() as (_, owner):
        assert not ended.is_set()
    await owner.end_of()
    assert ended.is_set()


async def test_middleware_sees_the_end_of_a_handshake_that_was_not_answered(direct_place: Place) -> None:
    ended = asyncio.Event()
    direct_place.middleware = lambda scope: scope["extensions"][TAKE_OVER]["on_close"].append(ended.set)
    direct_place.gate.clear()
    peer = await SocketPeer.open(direct_place.port, SUBPROTOCOL)
    await protocol_of(direct_place)
    peer.leave()
    async with asyncio.timeout(LIMIT_S):
        await ended.wait()
    direct_place.gate.set()


async def test_server_counts_whoever_was_handed_over(direct_place: Place) -> None:
    async with direct_place.peer() as (_, owner):
        assert list[Any](direct_place.server.server_state.connections) == [owner.sink]
    await owner.end_of()
    assert direct_place.server.server_state.connections == set()


async def test_only_the_fast_way_offers_the_extension() -> None:
    async with open_place("patient") as place, place.peer():
        assert TAKE_OVER not in place.scopes[0]["extensions"]


async def test_old_http_is_refused(direct_place: Place) -> None:
    peer = await SocketPeer.open(direct_place.port, SUBPROTOCOL, http=b"HTTP/1.0")
    await peer.at_end()
    assert peer.response is None or peer.response.status_code != 101
    assert direct_place.owners.empty()
    await peer.close()


@pytest.mark.parametrize("is_full", [False, True])
async def test_silent_peer_is_cut_off_within_the_ping_timeout(is_full: bool) -> None:
    async with open_place("patient", ping_s=0.1) as place, place.peer() as (peer, owner):
        peer.is_answering = False
        if is_full:
            peer.stop()
            await fill(owner)
        await owner.end_of()


async def fill(owner: Listening) -> None:
    """Until nothing more leaves the outbox."""
    sink = owner.sink
    assert isinstance(sink, AsgiSink)
    while sink.push(FRAME):
        pass
    before = -1
    while sink.outbox_bytes != before:
        before = sink.outbox_bytes
        await asyncio.sleep(0.01)


async def test_slow_peer_is_not_taken_for_a_dead_one() -> None:
    async with open_place("patient") as place, place.peer() as (peer, owner):
        protocol = await protocol_of(place)
        assert isinstance(protocol, PatientWebSocket)
        peer.stop()
        await fill(owner)
        protocol.send_keepalive_ping()
        for _ in range(3):
            before = taken_bytes(protocol.transport)[1]
            async with asyncio.timeout(LIMIT_S):
                while taken_bytes(protocol.transport)[1] <= before:
                    await peer.read_some()
            protocol.keepalive_timeout()
            assert not protocol.transport.is_closing()
        protocol.keepalive_timeout()
        assert protocol.transport.is_closing()
        await owner.end_of()


async def test_peer_that_does_not_take_the_good_bye_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOOD_BYE_S", 0.05)
    async with open_place("patient") as place:
        stalled = await SocketPeer.open(place.port, SUBPROTOCOL)
        await stalled.shaken()
        owner = await place.owner()
        stalled.stop()
        await fill(owner)
        place.server.should_exit = True
        await owner.end_of()
    await stalled.close()


def test_fast_way_is_the_patient_way_and_more() -> None:
    assert issubclass(LiveWebSocket, PatientWebSocket)


async def test_connection_leaves_no_garbage_in_circles(direct_place: Place) -> None:
    """Neither when it was handed over, nor at its end: looking for such garbage cost a fifth of a connection."""
    if not type(asyncio.get_running_loop()).__module__.startswith("uvloop"):
        return  # what asyncio's own transports keep is asyncio's
    gc.collect()
    gc.disable()
    others = [
        one for one in gc.get_objects() if isinstance(one, LiveHttp | LiveWebSocket | ServerProtocol | DirectSink)
    ]
    try:
        async with direct_place.peer() as (_, owner):
            direct_place.scopes.clear()
            await until_gone(others, LiveHttp, LiveWebSocket, ServerProtocol)
        await owner.end_of()
        del owner
        await until_gone(others, DirectSink)
    finally:
        gc.enable()


async def until_gone(others: Sequence[object], *types: type) -> None:
    """``others``: what earlier tests left."""
    known = set(map(id, others))
    async with asyncio.timeout(LIMIT_S):
        while any(isinstance(one, types) and id(one) not in known for one in gc.get_objects()):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)
