from __future__ import annotations

import pytest

from tertulia_client.load.others.adapter import Heard, Message, Refused, Say, Subscribed
from tertulia_client.load.others.socket_io import SocketIo


@pytest.mark.parametrize(
    ("packet", "heard"),
    [
        (b'0{"sid":"x","upgrades":[],"pingInterval":25000}', [Say("40")]),
        (b'40{"sid":"y"}', [Subscribed()]),
        (b'44{"message":"no"}', [Refused('{"message":"no"}')]),
        (b"2", [Say("3")]),
        (b'42["m","words \xc3\xa9"]', [Message("words é".encode())]),
        (b'42["other","words"]', []),
        (b'42["m",5]', []),
        (b'42["m"', []),
        (b'42["m"]', []),
        (b"6", []),
    ],
)
def test_packets_are_understood(packet: bytes, heard: list[Heard]) -> None:
    assert list(SocketIo("thread:1").parse(packet)) == heard


def test_what_is_published_is_an_event() -> None:
    adapter = SocketIo("thread:1")
    assert (list(adapter.begin()), adapter.publish('{"a":1}')) == ([], ('42["post", "{\\"a\\":1}"]',))
