"""A light reader of another server: its adapter reads and answers, the books are the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from websockets.frames import Frame, Opcode

from tertulia_client.load.light_reader import Book, Decoder, Handshake, LightReader
from tertulia_client.load.others.adapter import Adapter, Heard, Message, Refused, Say, Subscribed, Words
from tertulia_client.load.others.bodies import Bodies
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

EPOCH: Final = "other"
_NO_DECODER: Final = Decoder()


@dataclass(frozen=True, slots=True)
class Other:
    """What all readers of a server share. ``head_of``: the seq of the last message that was sent in a channel."""

    live_url: str
    adapter: Callable[[str], Adapter]
    subprotocol: str | None
    head_of: Callable[[str], int]
    bodies: Bodies


class OtherReader(LightReader):
    """Follows one channel from when the server has let it in; nothing is owed from before.

    One that comes back is owed what it missed, as at any server: what cannot be had again is missing.
    """

    __slots__ = ("_adapter", "_other", "_seq")

    def __init__(self, number: int, channel: str, cursor: Cursor | None, *, book: Book, other: Other) -> None:
        handshake = Handshake(other.live_url, subprotocol=other.subprotocol)
        super().__init__(number, handshake, book=book, decoder=_NO_DECODER)
        self._other = other
        self._adapter = other.adapter(channel)
        self._seq = None if cursor is None else cursor.seq

    def on_open(self) -> None:
        for heard in self._adapter.begin():
            self._take(heard)

    def on_data(self, opcode: int, payload: bytes) -> None:
        del opcode
        for heard in self._adapter.parse(payload):
            self._take(heard)

    def _take(self, heard: Heard) -> None:
        book = self.book
        if isinstance(heard, Message):
            event = self._other.bodies.read(heard.body)
            if event is not None and book is not None and self._seq is not None and event.seq > self._seq:
                book.received(self, event)
        elif isinstance(heard, Say):
            self.write(frame_of(heard.words))
        elif isinstance(heard, Subscribed) and book is not None:
            head = self._other.head_of(self._adapter.channel)
            self._seq = head if self._seq is None else self._seq
            book.subscribed(self, Cursor(EPOCH, self._seq), head)
        elif isinstance(heard, Refused) and book is not None:
            book.refused(self, Code.FORBIDDEN, heard.sentence)


def frame_of(words: Words) -> Frame:
    """As a WebSocket message."""
    return Frame(Opcode.TEXT, words.encode()) if isinstance(words, str) else Frame(Opcode.BINARY, words)
