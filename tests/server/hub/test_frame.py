import pytest
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.protocol import CLIENT, Protocol

from tertulia_server.hub.frame import Frame, SignalFrames


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("is_text", [True, False])
def test_websocket_bytes_are_what_a_websocket_client_reads(length: int, is_text: bool) -> None:
    payloads = [b"x" * length, b"second"]
    client = Protocol(CLIENT, max_size=None)
    client.receive_data(Frame(payloads, is_text=is_text).websocket_bytes)
    received = client.events_received()
    assert [frame.data for frame in received if isinstance(frame, WebSocketFrame)] == payloads
    assert {frame.opcode for frame in received if isinstance(frame, WebSocketFrame)} == {
        Opcode.TEXT if is_text else Opcode.BINARY
    }


def test_payload_bytes_counts_all_payloads() -> None:
    assert Frame([b"four", b"fives"], is_text=False).payload_bytes == 9


def test_websocket_bytes_are_built_once() -> None:
    frame = Frame([b"x"], is_text=False)
    assert frame.websocket_bytes is frame.websocket_bytes


def test_signal_is_encoded_once_for_all_who_ask_in_the_same_encoding() -> None:
    frames = SignalFrames("thread:1", "presence", {"reading": 2})
    text, binary = frames.of(is_text=True), frames.of(is_text=False)
    assert text.payloads == (b'["signal","thread:1","presence",{"reading":2}]',)
    assert frames.of(is_text=True) is text
    assert not binary.is_text
