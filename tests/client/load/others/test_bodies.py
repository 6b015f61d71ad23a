from __future__ import annotations

import pytest

from tertulia_client.load.others.bodies import MAX_KNOWN_BODIES, Bodies, body_of
from tertulia_wire.events import key_hash


def test_body_is_read_as_the_event_that_it_stands_for() -> None:
    event = Bodies().read(body_of("thread:7", 12, "key-1", "Grüße").encode())
    assert event is not None
    assert (event.channel, event.seq, event.data) == ("thread:7", 12, {"key_hash": key_hash("key-1")})


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"tertulia_load":[1,2,3]}', b'{"tertulia_load":5}'])
def test_what_somebody_else_published_is_nothing(body: bytes) -> None:
    assert Bodies().read(body) is None


def test_same_bytes_are_read_once_and_not_for_ever() -> None:
    bodies = Bodies()
    first = body_of("thread:1", 1, "k", "x").encode()
    event = bodies.read(first)
    assert bodies.read(bytes(bytearray(first))) is event
    for seq in range(MAX_KNOWN_BODIES):
        bodies.read(body_of("thread:1", seq + 2, "k", "x").encode())
    assert bodies.read(first) is not event
