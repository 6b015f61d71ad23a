"""What every sink promises to the hub. A new sink joins by a line in ``SINKS``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import pytest

from tertulia_server.hub.frame import Frame
from tertulia_server.hub.sink import Sink
from tertulia_server.sinks.asgi import AsgiSink
from tertulia_wire.codec import Encoding
from tests.server.sinks.peer import Peer
from tests.server.sinks.place import open_place
from tests.server.sinks.socket_peer import BUFFER_BYTES, SocketPeer

OUTBOX_BYTES: Final = 1 << 20
FRAME_BYTES: Final = 16 * 1024
SYSTEM_BYTES: Final = 5 * BUFFER_BYTES
"""What may be on its way below a sink: two buffers of the system, which it doubles, and one of the server."""

Open = Callable[[Encoding], AbstractAsyncContextManager[tuple[Sink, Peer | SocketPeer]]]


@asynccontextmanager
async def open_asgi_sink(encoding: Encoding) -> AsyncIterator[tuple[Sink, Peer]]:
    peer = Peer()
    sink = AsgiSink(encoding, peer.send, max_outbox_bytes=OUTBOX_BYTES)
    async with sink.running():
        yield sink, peer


def on_socket(server: str) -> Open:
    @asynccontextmanager
    async def open_on_socket(encoding: Encoding) -> AsyncIterator[tuple[Sink, SocketPeer]]:
        async with open_place(server, max_outbox_bytes=OUTBOX_BYTES) as place, place.peer(encoding) as (peer, owner):
            peer.was_missed = owner.end_of
            yield owner.sink, peer

    return open_on_socket


class ByPipe:
    """A sink as a hub uses one with a pipe: by that while it is writable, and pushed to when it is not."""

    def __init__(self, sink: Sink) -> None:
        assert sink.pipe is not None
        self.encoding = sink.encoding
        self.on_writable: Callable[[], None] = lambda: None
        self.close = sink.close
        self.pipe = sink.pipe
        self._sink = sink
        self._is_full = False
        sink.pipe.on_full = self._fill
        sink.on_writable = self._drain

    def push(self, frame: Frame) -> bool:
        if self._is_full:
            return self._sink.push(frame)
        self.pipe.write(frame.websocket_bytes)
        return not self._is_full

    def _fill(self) -> None:
        self._is_full = True

    def _drain(self) -> None:
        self._is_full = False
        self.on_writable()


@asynccontextmanager
async def open_pipe(encoding: Encoding) -> AsyncIterator[tuple[Sink, SocketPeer]]:
    async with open_place("direct", max_outbox_bytes=OUTBOX_BYTES) as place, place.peer(encoding) as (peer, owner):
        peer.was_missed = owner.end_of
        yield ByPipe(owner.sink), peer


SINKS: Final[dict[str, Open]] = {
    "asgi": open_asgi_sink,
    **{server: on_socket(server) for server in ("portable", "direct")},
    "pipe": open_pipe,
}

PIPED: Final = ("direct",)
"""Those of `place.SERVERS` whose sink has a pipe."""


@pytest.fixture(params=SINKS)
def open_sink(request: pytest.FixtureRequest) -> Open:
    return SINKS[request.param]


def frame(*payloads: bytes, is_text: bool = False) -> Frame:
    return Frame(payloads, is_text=is_text)


async def fill(sink: Sink) -> int:
    """Push until the sink wants no more; the number of frames that it took."""
    for count in range(1, 10_000):
        if not sink.push(frame(b"x" * FRAME_BYTES)):
            return count
    raise AssertionError("the sink takes without end")


async def test_frames_arrive_in_order_as_single_messages(open_sink: Open) -> None:
    async with open_sink(Encoding.MSGPACK) as (sink, peer):
        assert sink.push(frame(b"one", b"two"))
        assert sink.push(frame(b"three"))
        assert await peer.received(3) == [b"one", b"two", b"three"]


async def test_text_arrives_as_text(open_sink: Open) -> None:
    async with open_sink(Encoding.JSON) as (sink, peer):
        sink.push(frame("Grüße".encode(), is_text=True))
        assert await peer.received(1) == ["Grüße"]


async def test_peer_that_does_not_read_is_told_about_once_and_loses_nothing(open_sink: Open) -> None:
    async with open_sink(Encoding.MSGPACK) as (sink, peer):
        writable = asyncio.Event()
        sink.on_writable = writable.set
        peer.stop()
        count = await fill(sink)
        assert not sink.push(frame(b"a reply"))
        await asyncio.sleep(0)
        assert not writable.is_set()
        peer.read_again()
        await writable.wait()
        assert sink.push(frame(b"more"))
        assert await peer.received(count + 2) == [b"x" * FRAME_BYTES] * count + [b"a reply", b"more"]


async def test_outbox_is_bounded(open_sink: Open) -> None:
    async with open_sink(Encoding.MSGPACK) as (sink, peer):
        peer.stop()
        assert await fill(sink) * FRAME_BYTES <= OUTBOX_BYTES + FRAME_BYTES + SYSTEM_BYTES


async def test_on_writable_is_called_once_per_refusal(open_sink: Open) -> None:
    async with open_sink(Encoding.MSGPACK) as (sink, peer):
        calls: list[None] = []
        sink.on_writable = lambda: calls.append(None)
        for _ in range(3):
            peer.stop()
            count = await fill(sink)
            peer.read_again()
            peer.forget(await peer.received(count))
        assert len(calls) == 3


@pytest.mark.parametrize("server", PIPED)
async def test_what_is_pushed_and_piped_keeps_its_order_and_both_are_full_at_once(server: str) -> None:
    async with on_socket(server)(Encoding.MSGPACK) as (sink, peer):
        calls: list[None] = []
        assert sink.pipe is not None
        sink.pipe.on_full = lambda: calls.append(None)
        sink.push(frame(b"1"))
        sink.pipe.write(frame(b"2").websocket_bytes)
        sink.push(frame(b"3"))
        assert await peer.received(3) == [b"1", b"2", b"3"]
        peer.stop()
        await fill(sink)
        assert len(calls) == 1
        sink.close(4001, "stopping")
        assert len(calls) == 2


async def test_close_comes_after_what_was_pushed(open_sink: Open) -> None:
    async with open_sink(Encoding.MSGPACK) as (sink, peer):
        sink.push(frame(b"last words"))
        sink.close(4001, "stopping")
        assert await peer.closed() == (4001, "stopping")
        assert peer.messages == [b"last words"]


async def test_closed_sink_takes_and_forgets(open_sink: Open) -> None:
    async with open_sink(Encoding.MSGPACK) as (sink, peer):
        sink.close(4001, "stopping")
        sink.close(4002, "again")
        assert not sink.push(frame(b"too late"))
        assert await peer.closed() == (4001, "stopping")
        assert peer.messages == []


async def test_peer_that_left_makes_push_answer_false(open_sink: Open) -> None:
    async with open_sink(Encoding.MSGPACK) as (sink, peer):
        peer.leave()
        sink.push(frame(b"to nobody"))
        await peer.was_missed()
        assert not sink.push(frame(b"to nobody"))
