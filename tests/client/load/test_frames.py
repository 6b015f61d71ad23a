from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from tertulia_client.load.frames import BINARY, CLOSE, PING, TEXT, FrameError, Frames, frame_end
from tertulia_wire.limits import MAX_SERVER_MESSAGE_BYTES


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=False)


@given(
    payloads=st.lists(st.integers(0, 300) | st.sampled_from([125, 126, 65_535, 65_536]), max_size=6),
    cuts=st.lists(st.integers(1, 70_000), max_size=8),
)
def test_messages_are_the_same_however_they_are_cut(payloads: list[int], cuts: list[int]) -> None:
    messages = [bytes([number]) * size for number, size in enumerate(payloads)]
    data = b"".join(frame(Opcode.BINARY, message) for message in messages)
    frames, taken, place = Frames(), [], 0
    for cut in [*cuts, len(data)]:
        taken += frames.take(data[place : place + cut])
        place += cut
    assert taken == [(BINARY, message) for message in messages]


def test_fragments_are_put_together_around_a_ping() -> None:
    frames = Frames()
    data = frame(Opcode.TEXT, b"one ", fin=False) + frame(Opcode.PING, b"?") + frame(Opcode.CONT, b"two", fin=False)
    assert frames.take(data) == [(PING, b"?")]
    assert frames.take(frame(Opcode.CONT, b"", fin=True) + frame(Opcode.CLOSE, b"\x03\xe8")) == [
        (TEXT, b"one two"),
        (CLOSE, b"\x03\xe8"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        Frame(Opcode.BINARY, b"masked").serialize(mask=True),
        b"\xc2\x00",
        b"\x83\x00",
        b"\x8b\x00",
        b"\x09\x00",
        b"\x89\x7e\x00\x7e" + bytes(126),
        frame(Opcode.CONT, b"of nothing"),
        frame(Opcode.BINARY, b"", fin=False) + frame(Opcode.BINARY, b""),
        b"\x82\x7f" + (MAX_SERVER_MESSAGE_BYTES + 1).to_bytes(8, "big"),
        frame(Opcode.BINARY, bytes(MAX_SERVER_MESSAGE_BYTES), fin=False) + frame(Opcode.CONT, b"1"),
    ],
    ids=[
        "masked",
        "reserved bit",
        "reserved data frame",
        "reserved control frame",
        "control frame in parts",
        "control frame too long",
        "part of nothing",
        "message within a message",
        "frame too long",
        "message too long",
    ],
)
def test_what_no_server_may_send_is_an_error(data: bytes) -> None:
    with pytest.raises(FrameError):
        Frames().take(data)


def test_end_of_a_frame_is_known_when_it_is_whole() -> None:
    frame = Frame(Opcode.BINARY, b"x" * 300).serialize(mask=False)
    assert frame_end(frame + b"more", 0) == len(frame)
    assert frame_end(frame[:-1], 0) is None
