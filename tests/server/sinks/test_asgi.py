"""What only the portable sink does; what every sink promises stands in tests/contract/test_sink.py."""

import asyncio

import pytest

from tertulia_server.hub.frame import Frame
from tertulia_server.sinks import asgi
from tertulia_server.sinks.asgi import AsgiSink
from tertulia_wire.codec import Encoding
from tests.server.sinks.peer import Peer


def make_sink(peer: Peer, max_outbox_bytes: int = 100) -> AsgiSink:
    return AsgiSink(Encoding.MSGPACK, peer.send, max_outbox_bytes=max_outbox_bytes)


async def test_endpoint_waits_for_a_peer_that_does_not_take_its_answers() -> None:
    peer = Peer()
    sink = make_sink(peer)
    async with sink.running():
        await sink.drained()
        peer.stop()
        assert not sink.push(Frame([b"x" * 200], is_text=False))
        waiting = asyncio.create_task(sink.drained())
        await asyncio.sleep(0)
        assert not waiting.done()
        assert sink.outbox_bytes == 200
        peer.read_again()
        await waiting
        assert sink.outbox_bytes == 0


async def test_endpoint_does_not_wait_for_a_peer_that_left() -> None:
    peer = Peer()
    sink = make_sink(peer)
    async with sink.running():
        sink.push(Frame([b"x" * 200], is_text=False))
        peer.leave()
        await sink.drained()


async def test_peer_that_does_not_take_the_good_bye_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "GOOD_BYE_S", 0.01)
    peer = Peer()
    peer.stop()
    sink = make_sink(peer)
    async with sink.running():
        sink.push(Frame([b"x"], is_text=False))
        sink.close(4001, "stopping")
        await asyncio.Event().wait()
    assert not sink.push(Frame([b"x"], is_text=False))


async def test_peer_that_takes_nothing_at_all_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "STALL_S", 0.01)
    peer = Peer()
    peer.stop()
    sink = make_sink(peer)
    async with sink.running():
        assert not sink.push(Frame([b"x" * 200], is_text=False))
        asyncio.get_running_loop().call_later(0.01, sink.close, 4001, "just as patience ends")
        await asyncio.Event().wait()
    assert not sink.push(Frame([b"x"], is_text=False))
    sink.close(4001, "afterwards")


async def test_peer_that_took_everything_in_time_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "STALL_S", 0.01)
    peer = Peer()
    sink = make_sink(peer)
    async with sink.running():
        peer.stop()
        assert not sink.push(Frame([b"x" * 200], is_text=False))
        peer.read_again()
        await sink.drained()
        await asyncio.sleep(0.03)
        assert sink.push(Frame([b"still here"], is_text=False))
        await peer.received(2)


async def test_timeout_of_the_body_is_not_taken_for_ours() -> None:
    sink = make_sink(Peer())
    with pytest.raises(TimeoutError):
        async with sink.running():
            raise TimeoutError


async def test_writer_ends_with_the_body() -> None:
    sink = make_sink(Peer())
    before = asyncio.all_tasks()
    async with sink.running():
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before
