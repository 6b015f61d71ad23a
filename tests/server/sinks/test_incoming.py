"""Messages out of bytes; the codes of bad ends stand in test_direct.py, where they cross a socket."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode

from tertulia_server.sinks.incoming import Incoming, Message, Spare
from tests.server.sinks.socket_peer import wire

STREAM = (
    wire(Opcode.BINARY, b"one")
    + wire(Opcode.TEXT, b"zw", is_final=False)
    + wire(Opcode.PING, b"?")
    + wire(Opcode.CONT, "ölf".encode())
    + wire(Opcode.BINARY, b"x" * 200)
    + wire(Opcode.BINARY, b"")
)
MESSAGES = [b"one", "zwölf", b"x" * 200, b""]


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=12))
def test_messages_do_not_depend_on_how_their_bytes_were_cut(cuts: list[int]) -> None:
    incoming = Incoming()
    places = [0, *sorted(cuts), len(STREAM)]
    messages: list[Message] = []
    for start, end in pairwise(places):
        messages += incoming.receive(STREAM[start:end])
    assert messages == MESSAGES
    assert incoming.is_between_messages
    assert incoming.data_to_send() == b"\x8a\x01?"


def test_parser_is_spare_only_between_messages() -> None:
    incoming = Incoming()
    assert incoming.is_between_messages
    data = wire(Opcode.TEXT, b"ab", is_final=False) + wire(Opcode.CONT, b"cd")
    states = []
    for byte in data:
        incoming.receive(bytes([byte]))
        states.append(incoming.is_between_messages)
    assert states == [False] * (len(data) - 1) + [True]


def test_nothing_is_read_after_the_end() -> None:
    incoming = Incoming()
    assert incoming.receive(wire(Opcode.CLOSE, b"\x03\xe8") + wire(Opcode.BINARY, b"late")) == []
    assert incoming.is_over
    assert not incoming.is_between_messages
    assert incoming.receive(wire(Opcode.BINARY, b"later")) == ()


def test_one_spare_parser_serves_all_who_are_between_messages() -> None:
    spare = Spare()
    first = spare.take()
    assert spare.take() is not first
    spare.give_back(first)
    assert spare.take() is first
