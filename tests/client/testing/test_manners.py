from __future__ import annotations

from tertulia_client.testing.manners import MAX_FAULTS, MESSAGE_BURST, Faulty, Manners, check_channel, check_signal
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_SUBSCRIPTIONS_PER_CONNECTION

PING = encode(m.Ping(1), Encoding.MSGPACK)


def test_messages_that_cannot_be_read_are_answered_and_at_last_too_many() -> None:
    manners = Manners(Encoding.MSGPACK, 0)
    for number in range(1, MAX_FAULTS + 1):
        read = manners.read(b"\xc1", 0)
        assert isinstance(read, Faulty)
        assert (read.error.code, read.closes) == (Code.MALFORMED, number == MAX_FAULTS)


def test_good_message_forgives_the_bad_ones_before() -> None:
    manners = Manners(Encoding.MSGPACK, 0)
    for _ in range(2 * MAX_FAULTS):
        assert isinstance(manners.read(b"\xc1", 0), Faulty)
        assert manners.read(PING, 0) == m.Ping(1)


def test_who_sends_too_fast_is_told_to_wait() -> None:
    manners = Manners(Encoding.MSGPACK, 0)
    for _ in range(MESSAGE_BURST):
        assert manners.read(PING, 0) == m.Ping(1)
    read = manners.read(PING, 0)
    assert isinstance(read, Faulty)
    assert (read.error.code, read.error.retry_after_ms, read.error.ref) == (Code.RATE_LIMITED, 100, 1)
    assert manners.read(PING, 0.1) == m.Ping(1)


def test_channel_must_be_one_be_new_and_find_room() -> None:
    assert check_channel("thread:1", set()) is None
    codes = [
        check_channel("room:1", set()),
        check_channel("thread:1", {"thread:1"}),
        check_channel("thread:1", {f"thread:{number}" for number in range(2, MAX_SUBSCRIPTIONS_PER_CONNECTION + 2)}),
    ]
    assert [refused and refused.code for refused in codes] == [
        Code.UNKNOWN_CHANNEL,
        Code.ALREADY_SUBSCRIBED,
        Code.TOO_MANY_SUBSCRIPTIONS,
    ]


def test_signal_goes_to_a_channel_that_is_followed() -> None:
    assert check_signal("thread:1", "typing", {"thread:1"}) is None
    wrong = [check_signal("thread:1", "typing", set()), check_signal("thread:1", "dancing", {"thread:1"})]
    assert [error and error.code for error in wrong] == [Code.NOT_SUBSCRIBED, Code.INVALID]
