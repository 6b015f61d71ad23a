from __future__ import annotations

from tertulia_client.load.others.adapter import Message, Subscribed
from tertulia_client.load.others.broadcast import Broadcast


def test_whoever_is_connected_is_subscribed_and_all_is_a_message() -> None:
    adapter = Broadcast("thread:1")
    assert list(adapter.begin()) == [Subscribed()]
    assert list(adapter.parse(b"words")) == [Message(b"words")]
    assert adapter.publish("words") == ("words",)
