from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_client.address import parse_address
from tertulia_client.load.light_reader import MAX_KNOWN_MESSAGES, Decoder, LightReader, handshake_of
from tertulia_client.testing import FakeServer
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor


class Notes:
    """A book that is kept as a list, and waits for its next line."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()

    def subscribed(self, reader: LightReader, cursor: Cursor, head: int) -> None:
        self.lines.put_nowait(("subscribed", cursor))

    def refused(self, reader: LightReader, number: int, sentence: str) -> None:
        self.lines.put_nowait(("refused", number))

    def received(self, reader: LightReader, event: m.Event) -> None:
        self.lines.put_nowait(("received", event.seq))

    def was_reset(self, reader: LightReader, cursor: Cursor) -> None:
        self.lines.put_nowait(("reset", cursor))

    def lost(self, reader: LightReader, reason: str) -> None:
        self.lines.put_nowait(("lost", reason))

    async def next(self) -> tuple[object, ...]:
        async with asyncio.timeout(10):
            return await self.lines.get()


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server


async def connect(server: FakeServer, notes: Notes, cursor: Cursor | None = None) -> LightReader:
    address = parse_address(server.url)
    reader = LightReader(1, handshake_of(address, "thread:1", cursor, "t"), book=notes, decoder=Decoder())
    await asyncio.get_running_loop().create_connection(lambda: reader, address.host, address.port)
    return reader


async def test_reader_subscribes_and_books_what_comes(server: FakeServer) -> None:
    notes = Notes()
    server.say("before")
    reader = await connect(server, notes)
    assert await notes.next() == ("subscribed", Cursor("e1", 1))
    server.say("after")
    assert await notes.next() == ("received", 2)
    reader.close()


async def test_reader_comes_back_with_a_cursor(server: FakeServer) -> None:
    notes = Notes()
    for text in ("one", "two"):
        server.say(text)
    reader = await connect(server, notes, Cursor("e1", 1))
    assert [await notes.next() for _ in range(2)] == [("subscribed", Cursor("e1", 1)), ("received", 2)]
    reader.close()


async def test_reset_and_loss_are_booked(server: FakeServer) -> None:
    notes = Notes()
    await connect(server, notes, Cursor("gone", 1))
    assert [await notes.next() for _ in range(2)] == [("subscribed", Cursor("e1", 0)), ("reset", Cursor("e1", 0))]
    server.cut_all()
    assert (await notes.next())[0] == "lost"


async def test_fragments_are_put_together(server: FakeServer) -> None:
    notes = Notes()
    reader = await connect(server, notes)
    await notes.next()
    [connection] = server.connections
    payload = encode(m.Event("thread:1", 1, "post.created", {}), Encoding.MSGPACK)
    connection._websocket.send_binary(payload[:9], fin=False)
    connection._websocket.send_continuation(payload[9:], fin=True)
    connection._flush()
    assert await notes.next() == ("received", 1)
    reader.close()


async def test_closed_reader_books_nothing_more(server: FakeServer) -> None:
    notes = Notes()
    reader = await connect(server, notes)
    await notes.next()
    reader.close()
    while server.connections:  # noqa: ASYNC110 - the server tells nobody when one left
        await asyncio.sleep(0.005)
    assert notes.lines.empty()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Code.OVERLOADED),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", Code.FORBIDDEN),
    ],
)
async def test_refused_handshake_says_whether_to_try_again(server: FakeServer, answer: bytes, code: Code) -> None:
    notes = Notes()
    server.faults.handshake_answers.append(answer)
    await connect(server, notes)
    assert await notes.next() == ("refused", code)


async def test_refused_channel_is_booked(server: FakeServer) -> None:
    notes = Notes()
    server.unknown_channels.add("thread:1")
    reader = await connect(server, notes)
    assert await notes.next() == ("refused", Code.UNKNOWN_CHANNEL)
    reader.close()


def test_decoder_decodes_equal_bytes_once_and_forgets_the_oldest() -> None:
    decoder = Decoder()
    payloads = [encode(m.Drain(number), Encoding.MSGPACK) for number in range(MAX_KNOWN_MESSAGES + 1)]
    first = decoder.decode(payloads[0])
    assert first == m.Drain(0)
    assert decoder.decode(bytes(bytearray(payloads[0]))) is first
    for payload in payloads[1:]:
        decoder.decode(payload)
    assert decoder.decode(payloads[0]) is not first


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x91\xa4sing"])
def test_decoder_takes_what_is_no_message_for_none(payload: bytes) -> None:
    assert Decoder().decode(payload) is None
