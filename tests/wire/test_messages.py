import dataclasses

import pytest

from tertulia_wire import messages as m

MESSAGES = [*m.ClientMessage.__args__, *m.ServerMessage.__args__]


def test_kinds_are_unique_on_each_side() -> None:
    for side in (m.ClientMessage, m.ServerMessage):
        kinds = [message.kind for message in side.__args__]
        assert sorted(set(kinds)) == sorted(kinds)


def test_message_cannot_be_changed() -> None:
    """One message object is pushed to many sockets."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        m.Ping(1).ref = 2  # type: ignore[misc]  # the point of the test


def test_every_message_is_slotted() -> None:
    for message in MESSAGES:
        assert "__slots__" in vars(message), message.__name__
