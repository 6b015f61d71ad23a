"""What a peer sends, parsed by the `websockets` library: whole messages come out, pongs and close frames go back.

A parser costs 3 KiB, and an idle peer is not in the middle of anything. So a parser belongs to a peer only from the
first byte of a message to its last; between messages all peers of a worker share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import GeneratorType
from typing import Final, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import BytesLike

from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES

Message = bytes | str

_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class Incoming:
    """One peer's frames on their way in, after the handshake. Never raises for what a peer sends."""

    __slots__ = ("_core", "_fragments", "_is_text", "is_over")

    def __init__(self) -> None:
        self._core = ServerProtocol(state=OPEN, max_size=MAX_CLIENT_MESSAGE_BYTES)
        self._fragments: list[BytesLike] = []
        self._is_text = False
        self.is_over = False
        """The peer said good-bye, or did not keep to the protocol: nothing more is read from it."""

    def receive(self, data: bytes) -> Sequence[Message]:
        """The messages that end in these bytes."""
        if self.is_over:
            return ()
        self._core.receive_data(data)
        messages = []
        for event in self._core.events_received():
            if not isinstance(event, Frame):
                continue
            if event.opcode is Opcode.CLOSE:
                self.is_over = True
            elif event.opcode in _DATA and (message := self._join(event)) is not None:
                messages.append(message)
        self.is_over = self.is_over or self._core.parser_exc is not None
        return messages

    def data_to_send(self) -> bytes:
        """What the protocol itself answers: pongs, and at the end a close frame."""
        return b"".join(self._core.data_to_send())

    @property
    def is_between_messages(self) -> bool:
        """Whether nothing is kept here that belongs to this peer."""
        return not self.is_over and self._core.current_size is None and _waits_in(self._core) is _AT_FIRST_BYTE

    def _join(self, frame: Frame) -> Message | None:
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
            self._fragments = []
        self._fragments.append(frame.data)
        if not frame.fin or self.is_over:
            return None
        data = b"".join(self._fragments)
        self._fragments = []
        if not self._is_text:
            return data
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            self._fail(error)
            return None

    def _fail(self, error: UnicodeDecodeError) -> None:
        self.is_over = True
        self._core.fail(CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}")


class Spare:
    """The one parser for all peers of a worker that are between messages."""

    __slots__ = ("_incoming",)

    def __init__(self) -> None:
        self._incoming: Incoming | None = None

    def take(self) -> Incoming:
        """A parser for the bytes of one peer; `give_back` it if they ended with a message."""
        incoming, self._incoming = self._incoming, None
        return incoming or Incoming()

    def give_back(self, incoming: Incoming) -> None:
        self._incoming = incoming


def _waits_in(core: ServerProtocol) -> object:
    """The code in which the library's parser waits for more.

    At a frame's first byte it waits for data or for the end of the stream, inside one for a number of bytes.
    """
    generator = cast("GeneratorType[None, None, None]", core.parser)
    while (inner := generator.gi_yieldfrom) is not None:
        generator = cast("GeneratorType[None, None, None]", inner)
    return generator.gi_code


_AT_FIRST_BYTE: Final = _waits_in(ServerProtocol(state=OPEN))
