"""What only the fast sink does, on real sockets; what every sink promises stands in tests/contract/test_sink.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Opcode

from tertulia_server.hub.frame import Frame
from tertulia_server.sinks import direct
from tertulia_server.sinks.backlog import taken_bytes
from tertulia_server.sinks.direct import DirectSink, Shared
from tertulia_wire.codec import Encoding
from tests.server.sinks.place import Listening, Place, open_place
from tests.server.sinks.socket_peer import BUFFER_BYTES, LIMIT_S, SocketPeer, wire

FRAME = Frame([b"x" * BUFFER_BYTES], is_text=False)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with open_place("direct") as opened:
        yield opened


def sink_of(owner: Listening) -> DirectSink:
    assert isinstance(owner.sink, DirectSink)
    return owner.sink


def fill(sink: DirectSink) -> int:
    count = 1
    while sink.push(FRAME):
        count += 1
    return count


async def test_no_task_is_kept_for_a_connection(place: Place) -> None:
    async with place.peer() as (peer, owner):
        await peer.send(wire(Opcode.BINARY, b"hello"))
        assert await owner.heard(1) == [b"hello"]
        names = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
        assert not any("run_asgi" in name for name in names), names
        assert place.errands.running_count == 0
        assert place.server.server_state.tasks == set()


async def test_messages_come_whole_and_in_order(place: Place) -> None:
    async with place.peer() as (peer, owner):
        text = "Grüße".encode()
        await peer.send(
            wire(Opcode.BINARY, b"one"),
            wire(Opcode.TEXT, text[:3], is_final=False),
            wire(Opcode.PING, b"between"),
            wire(Opcode.CONT, text[3:]),
        )
        assert await owner.heard(2) == [b"one", "Grüße"]
        assert (await peer.heard(Opcode.PONG)).data == b"between"


async def test_pong_between_two_messages_and_inside_one_is_only_heard(place: Place) -> None:
    """Alone in a read it is not even parsed; in the middle of a frame the same bytes are that frame's."""
    pong = wire(Opcode.PONG, b"")
    async with place.peer() as (peer, owner):
        sink_of(owner).beat()
        await peer.heard(Opcode.PING)
        await peer.send(pong)
        await peer.send(wire(Opcode.TEXT, b"be", is_final=False))
        await peer.send(pong)
        await peer.send(wire(Opcode.CONT, b"gun"))
        assert await owner.heard(1) == ["begun"]
        await peer.send(b"\x82\x86mask")
        await peer.send(b"\x8a\x80\x00\x00\x00\x00")
        assert len((await owner.heard(2))[1]) == 6


async def test_bytes_may_come_one_by_one(place: Place) -> None:
    async with place.peer() as (peer, owner), place.peer() as (other, other_owner):
        for byte in wire(Opcode.TEXT, b"slow", is_final=False) + wire(Opcode.CONT, b"ly"):
            await peer.send(bytes([byte]))
            await other.send(wire(Opcode.BINARY, b"quick"))
        assert await owner.heard(1) == ["slowly"]
        assert set(await other_owner.heard(18)) == {b"quick"}


async def test_message_waits_while_the_one_before_it_is_worked_on(place: Place) -> None:
    async with place.peer() as (peer, owner):
        gate = asyncio.Event()
        owner.work = lambda _: wait_for(gate)
        await peer.send(wire(Opcode.BINARY, b"1"), wire(Opcode.BINARY, b"2"))
        await owner.heard(1)
        await peer.send(wire(Opcode.BINARY, b"3"))
        await asyncio.sleep(0.01)
        assert owner.messages == [b"1"]
        assert place.errands.running_count == 1
        gate.set()
        assert await owner.heard(3) == [b"1", b"2", b"3"]


async def wait_for(gate: asyncio.Event) -> None:
    await gate.wait()


async def test_peer_that_takes_no_answers_is_not_read(place: Place) -> None:
    async with place.peer() as (peer, owner):
        peer.stop()
        count = fill(sink_of(owner))
        flood = asyncio.create_task(peer.send(*[wire(Opcode.BINARY, b"y" * 1000)] * 20_000))
        await asyncio.sleep(0.05)
        assert owner.messages == []
        peer.read_again()
        await peer.received(count)
        await flood
        await owner.heard(20_000)


async def test_errand_that_fails_ends_the_connection_with_a_word(place: Place) -> None:
    async with place.peer() as (peer, owner):
        owner.work = lambda _: fail()
        await peer.send(wire(Opcode.BINARY, b"1"))
        assert await peer.closed() == (1011, "")
        await owner.end_of()


async def fail() -> None:
    raise RuntimeError("a mistake of ours")


ENDS = [
    ([wire(Opcode.CONT, b"of nothing")], 1002),
    ([wire(Opcode.TEXT, b"\xff")], 1007),
    ([wire(Opcode.TEXT, b"\xff"), wire(Opcode.CLOSE, b"\x03\xe8")], 1000),
    ([wire(Opcode.BINARY, b"x" * 70_000)], 1009),
    ([wire(Opcode.BINARY, b"x" * 60_000, is_final=False), wire(Opcode.CONT, b"x" * 10_000)], 1009),
    ([b"\x82\x01x"], 1002),
    ([b"\xf2\x80\x00\x00\x00\x00"], 1002),
    ([wire(Opcode.CLOSE, b"\x03\xe8bye")], 1000),
    ([wire(Opcode.CLOSE)], 1005),
    ([wire(Opcode.CLOSE, b"\x00\x01")], 1002),
]


async def test_end_of_a_connection_has_its_code_and_spoils_nothing_for_others(place: Place) -> None:
    async with place.peer() as (witness, witness_owner):
        for count, (frames, code) in enumerate(ENDS, 1):
            async with place.peer() as (peer, owner):
                await peer.send(*frames)
                assert (await peer.closed())[0] == code
                await peer.at_end()
                await owner.end_of()
            await witness.send(wire(Opcode.BINARY, b"fine"))
            assert await witness_owner.heard(count) == [b"fine"] * count


async def test_answers_to_what_came_before_a_good_bye_stand_before_ours(place: Place) -> None:
    async with place.peer() as (peer, owner):

        def answer(_: bytes | str) -> None:
            owner.sink.push(Frame([b"answer"], is_text=False))

        owner.work = answer
        await peer.send(wire(Opcode.BINARY, b"question"), wire(Opcode.CLOSE, b"\x03\xe8"))
        await peer.closed()
        assert peer.messages == [b"answer"]
        assert peer.frames[-1].opcode is Opcode.CLOSE


async def test_good_bye_is_said_once(place: Place) -> None:
    async with place.peer() as (peer, owner):
        owner.sink.close(4001, "é" * 100)
        assert await peer.closed() == (4001, "é" * 61)
        await owner.end_of()
        assert [frame.opcode for frame in peer.frames].count(Opcode.CLOSE) == 1


async def test_peer_that_does_not_answer_the_good_bye_is_aborted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "GOOD_BYE_S", 0.05)
    async with place.peer() as (peer, owner):
        peer.is_answering = False
        owner.sink.close(4001, "go")
        await owner.end_of()
        await peer.at_end()


@pytest.mark.parametrize("way", ["close", "eof", "good-bye"])
async def test_full_buffer_does_not_keep_a_connection_that_ends(
    place: Place, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(direct, "GOOD_BYE_S", 0.05)
    async with place.peer() as (peer, owner):
        peer.stop()
        fill(sink_of(owner))
        if way == "close":
            owner.sink.close(4001, "go")
        elif way == "eof":
            sink_of(owner).eof_received()
            sink_of(owner)._transport.close()
        else:
            sink_of(owner).data_received(wire(Opcode.CLOSE, b"\x03\xe8"))
        await owner.end_of()


@pytest.mark.parametrize("is_full", [False, True])
async def test_silent_peer_is_cut_off_within_the_ping_timeout(is_full: bool) -> None:
    async with open_place("direct", ping_s=0.1) as place, place.peer() as (peer, owner):
        peer.is_answering = False
        if is_full:
            peer.stop()
            fill(sink_of(owner))
        await owner.end_of()
        assert not place.server.server_state.connections


async def test_peer_that_answers_pings_stays() -> None:
    async with open_place("direct", ping_s=0.05) as place, place.peer() as (peer, owner):
        async with asyncio.timeout(LIMIT_S):
            while [frame.opcode for frame in peer.frames].count(Opcode.PING) < 5:  # noqa: ASYNC110 - counted as they come
                await asyncio.sleep(0.01)
        assert not owner.ended.is_set()


async def test_slow_peer_is_not_taken_for_a_dead_one(place: Place) -> None:
    """Its answer to the ping stands behind all that it has not read."""
    async with place.peer() as (peer, owner):
        sink = sink_of(owner)
        peer.stop()
        fill(sink)
        sink.beat()
        for _ in range(5):
            before = taken_bytes(sink._transport)[1]
            async with asyncio.timeout(LIMIT_S):
                while taken_bytes(sink._transport)[1] <= before:
                    await peer.read_some()
            sink.beat()
            assert not sink._transport.is_closing()
        sink.beat()
        assert sink._transport.is_closing()
        await owner.end_of()


async def test_push_after_the_end_is_taken_and_forgotten(place: Place) -> None:
    async with place.peer() as (_, owner):
        sink_of(owner).abort()
        assert not owner.sink.push(FRAME)
        await owner.end_of()
        assert not owner.sink.push(FRAME)
        owner.sink.close(4001, "late")


async def test_peer_that_was_cut_off_in_the_middle_of_a_round_raises_nothing(place: Place) -> None:
    async with place.peer() as (peer, owner):
        peer.leave()
        async with asyncio.timeout(LIMIT_S):
            while owner.sink.push(FRAME):  # noqa: ASYNC110 - until the system says so
                await asyncio.sleep(0)
        await owner.end_of()


async def test_closed_sink_is_not_writable_again_when_its_buffer_is_empty(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The close frame is the last one: whoever was written to by the pipe would go on behind it."""
    monkeypatch.setattr(direct, "GOOD_BYE_S", 10 * LIMIT_S)
    async with place.peer() as (peer, owner):
        calls: list[str] = []
        sink = sink_of(owner)
        sink.on_full = lambda: calls.append("full")
        sink.on_writable = lambda: calls.append("writable")
        peer.stop()
        count = fill(sink)
        sink.close(4001, "go")
        peer.read_again()
        assert len(await peer.received(count)) == count
        assert await peer.closed() == (4001, "go")
        await owner.end_of()
        assert calls == ["full", "full"]


@pytest.mark.parametrize("way", ["close", "abort", "eof", "lost"])
async def test_pipe_is_full_however_the_connection_ends(place: Place, way: str) -> None:
    async with place.peer() as (_, owner):
        calls: list[None] = []
        sink = sink_of(owner)
        sink.on_full = lambda: calls.append(None)
        if way == "close":
            sink.close(4001, "go")
        elif way == "abort":
            sink.abort()
        elif way == "eof":
            sink.eof_received()
        else:
            sink._transport.abort()
            await owner.end_of()
        assert len(calls) == 1


async def test_stop_of_the_server_aborts_who_does_not_take_the_good_bye(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "GOOD_BYE_S", 0.05)
    async with open_place("direct") as place:
        stalled = await SocketPeer.open(place.port, "tertulia.v1.msgpack")
        await stalled.shaken()
        owner = await place.owner()
        stalled.stop()
        fill(sink_of(owner))
        polite = await SocketPeer.open(place.port, "tertulia.v1.msgpack")
        await polite.shaken()
        place.server.should_exit = True
        await owner.end_of()
        assert (await polite.closed())[0] == 1012
    await stalled.close()
    await polite.close()


async def test_acceptance_and_first_words_leave_in_one_write(place: Place) -> None:
    """Two writes would cost as much as a delivery more per connection."""
    writes: list[bytes] = []

    class Transport(asyncio.Transport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            writes.append(bytes(data))

    class Greeter(Listening):
        def begin(self) -> None:
            self.sink.push(Frame([b"hello"], is_text=False))
            self.sink.push(Frame([b"you"], is_text=False))

    sink = DirectSink(Encoding.MSGPACK, Transport(), Shared(set(), None), (), b"accepted ")
    sink.begin(Greeter(sink), place.errands)
    sink.push(Frame([b"later"], is_text=False))
    assert writes == [b"accepted \x82\x05hello\x82\x03you", b"\x82\x05later"]
