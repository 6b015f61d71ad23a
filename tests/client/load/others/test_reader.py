"""A reader of another server: from when it is owed something, and from when not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tertulia_client.load.light_reader import LightReader
from tertulia_client.load.others.adapter import Heard, Message, Refused, Say, Subscribed
from tertulia_client.load.others.bodies import Bodies, body_of
from tertulia_client.load.others.broadcast import Broadcast
from tertulia_client.load.others.reader import EPOCH, Other, OtherReader, frame_of
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event

Lines = asyncio.Queue[tuple[object, ...]]


class Book:
    def __init__(self) -> None:
        self.lines: Lines = asyncio.Queue()

    def subscribed(self, reader: LightReader, cursor: Cursor, head: int) -> None:
        self.lines.put_nowait(("subscribed", cursor, head))

    def refused(self, reader: LightReader, number: int, sentence: str) -> None:
        self.lines.put_nowait(("refused", number, sentence))

    def received(self, reader: LightReader, event: Event) -> None:
        self.lines.put_nowait(("received", event.seq))

    def was_reset(self, reader: LightReader, cursor: Cursor) -> None: ...

    def lost(self, reader: LightReader, reason: str) -> None:
        self.lines.put_nowait(("lost",))


class Asking(Broadcast):
    """Says a word and is let in by the answer."""

    path = "/room?a=1"

    def begin(self) -> Iterable[Heard]:
        return (Say("hello"),)

    def parse(self, payload: bytes) -> Iterable[Heard]:
        answers: dict[bytes, Heard] = {b"welcome": Subscribed(), b"no": Refused("no room")}
        return (answers.get(payload, Message(payload)),)


@pytest.fixture
async def said() -> Lines:
    return asyncio.Queue()


@pytest.fixture
async def port(said: Lines) -> AsyncIterator[int]:
    """A server that answers with what the test puts in a queue."""

    async def answer(line: ServerConnection) -> None:
        assert line.request is not None
        assert line.request.path == "/room?a=1"
        assert await line.recv() == "hello"
        while (words := await said.get()) != ("enough",):
            await line.send(str(words[0]))

    async with serve(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        said.put_nowait(("enough",))  # a server that closes waits for its handlers


async def connect(port: int, book: Book, head_of: Callable[[str], int], cursor: Cursor | None = None) -> OtherReader:
    other = Other(f"ws://127.0.0.1:{port}/room?a=1", Asking, None, head_of, Bodies())
    reader = OtherReader(1, "thread:1", cursor, book=book, other=other)
    await asyncio.get_running_loop().create_connection(lambda: reader, "127.0.0.1", port)
    return reader


async def test_what_was_sent_before_it_was_let_in_is_not_owed(port: int, said: Lines) -> None:
    book = Book()
    reader = await connect(port, book, lambda _: 3)
    for words in ("welcome", body_of("thread:1", 3, "k", ""), "of others", body_of("thread:1", 4, "k", "")):
        said.put_nowait((words,))
    async with asyncio.timeout(10):
        assert await book.lines.get() == ("subscribed", Cursor(EPOCH, 3), 3)
        assert await book.lines.get() == ("received", 4)
    reader.close()


async def test_who_comes_back_is_owed_what_it_missed(port: int, said: Lines) -> None:
    book = Book()
    reader = await connect(port, book, lambda _: 9, Cursor(EPOCH, 5))
    for words in ("welcome", body_of("thread:1", 6, "k", "")):
        said.put_nowait((words,))
    async with asyncio.timeout(10):
        assert await book.lines.get() == ("subscribed", Cursor(EPOCH, 5), 9)
        assert await book.lines.get() == ("received", 6)
    reader.close()


async def test_refusal_is_booked(port: int, said: Lines) -> None:
    book = Book()
    reader = await connect(port, book, lambda _: 0)
    said.put_nowait(("no",))
    async with asyncio.timeout(10):
        assert await book.lines.get() == ("refused", Code.FORBIDDEN, "no room")
    reader.close()


def test_text_and_bytes_are_different_messages() -> None:
    assert (frame_of("é").opcode, frame_of("é").data) == (1, b"\xc3\xa9")
    assert (frame_of(b"\x00").opcode, frame_of(b"\x00").data) == (2, b"\x00")
