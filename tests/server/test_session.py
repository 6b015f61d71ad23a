import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.session import (
    MAX_FAULTS,
    MESSAGE_BURST,
    MESSAGES_PER_S,
    Close,
    Reply,
    Session,
    SignalAsked,
    SubscribeAsked,
    UnsubscribeAsked,
    Wanted,
)
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.hello import hello_data
from tertulia_wire.limits import MAX_SUBSCRIPTIONS_PER_CONNECTION
from tertulia_wire.messages import ClientMessage, Error, Ping, Pong, Refused, SendSignal, Subscribe, Unsubscribe

NOW_S = 50.0


class Talk:
    """A session in msgpack, a second per message."""

    def __init__(self) -> None:
        self.session = Session(Encoding.MSGPACK, NOW_S)
        self.now_s = NOW_S

    def say(self, message: ClientMessage, wait_s: float = 1.0) -> list[object]:
        return self.say_bytes(encode(message, Encoding.MSGPACK), wait_s)

    def say_bytes(self, data: bytes, wait_s: float = 1.0) -> list[object]:
        self.now_s += wait_s
        return list(self.session.receive(data, self.now_s))

    def subscribe(self, *channels: str) -> list[Wanted | Refused]:
        (asked,) = self.say(Subscribe(1, [(channel, None) for channel in channels]))
        assert isinstance(asked, SubscribeAsked)
        return list(asked.items)


def codes(items: list[Wanted | Refused]) -> list[int | None]:
    return [item.code if isinstance(item, Refused) else None for item in items]


def test_ping_is_answered_at_once() -> None:
    assert Talk().say(Ping(4)) == [Reply(Pong(4))]


def test_subscribe_is_handed_on_with_its_cursors() -> None:
    cursor = Cursor("e1", 4)
    asked = Talk().say(Subscribe(3, [("thread:1", cursor), ("site", None)]))
    assert asked == [SubscribeAsked(3, [Wanted("thread:1", cursor), Wanted("site", None)])]


@pytest.mark.parametrize("name", ["thread:0", "thread:x", "threads:1", "", "thread:1 ", "thread:99999999999999999"])
def test_name_that_is_no_channel_is_refused(name: str) -> None:
    assert codes(Talk().subscribe("thread:1", name)) == [None, Code.UNKNOWN_CHANNEL]


def test_second_subscription_of_a_channel_is_refused() -> None:
    talk = Talk()
    assert codes(talk.subscribe("thread:1", "thread:1")) == [None, Code.ALREADY_SUBSCRIBED]
    assert codes(talk.subscribe("thread:1")) == [Code.ALREADY_SUBSCRIBED]


def test_channel_that_was_refused_after_all_may_be_asked_for_again() -> None:
    talk = Talk()
    talk.subscribe("thread:1")
    talk.session.forget("thread:1")
    assert codes(talk.subscribe("thread:1")) == [None]


def test_subscriptions_of_a_connection_are_bounded() -> None:
    talk = Talk()
    names = [f"thread:{number}" for number in range(1, MAX_SUBSCRIPTIONS_PER_CONNECTION + 2)]
    found = [code for start in range(0, len(names), 500) for code in codes(talk.subscribe(*names[start : start + 500]))]
    assert found == [None] * MAX_SUBSCRIPTIONS_PER_CONNECTION + [Code.TOO_MANY_SUBSCRIPTIONS]


def test_unsubscribe_is_handed_on_and_makes_room() -> None:
    talk = Talk()
    talk.subscribe("thread:1", "thread:2")
    assert talk.say(Unsubscribe(2, ["thread:1", "thread:2"])) == [UnsubscribeAsked(["thread:1", "thread:2"])]
    assert codes(talk.subscribe("thread:1")) == [None]


def test_unsubscribe_of_what_is_not_followed_is_an_error_and_the_rest_goes() -> None:
    talk = Talk()
    talk.subscribe("thread:1")
    asked, reply = talk.say(Unsubscribe(2, ["thread:1", "thread:9"]))
    assert asked == UnsubscribeAsked(["thread:1"])
    assert reply == Reply(Error(2, Code.NOT_SUBSCRIBED, Code.NOT_SUBSCRIBED.sentence))


def test_signal_is_taken_in_followed_channels_only() -> None:
    talk = Talk()
    (reply,) = talk.say(SendSignal("thread:1", "typing"))
    assert isinstance(reply, Reply)
    assert isinstance(reply.message, Error)
    assert reply.message.code == Code.NOT_SUBSCRIBED
    talk.subscribe("thread:1")
    assert talk.say(SendSignal("thread:1", "typing")) == [SignalAsked("thread:1", "typing")]


def test_signal_of_an_unknown_name_is_refused() -> None:
    talk = Talk()
    talk.subscribe("thread:1")
    (reply,) = talk.say(SendSignal("thread:1", "shouting"))
    assert isinstance(reply, Reply)
    assert isinstance(reply.message, Error)
    assert reply.message.code == Code.INVALID


def test_messages_that_come_too_fast_are_told_when_to_come_back() -> None:
    talk = Talk()
    for _ in range(MESSAGE_BURST):
        assert talk.say(Ping(1), wait_s=0) == [Reply(Pong(1))]
    (reply,) = talk.say(Ping(7), wait_s=0)
    assert reply == Reply(Error(7, Code.RATE_LIMITED, Code.RATE_LIMITED.sentence, 1000 // MESSAGES_PER_S))
    assert talk.say(Ping(8), wait_s=1 / MESSAGES_PER_S) == [Reply(Pong(8))]


def test_clock_that_stands_still_or_goes_back_gives_no_tokens() -> None:
    talk = Talk()
    for _ in range(MESSAGE_BURST):
        talk.say(Ping(1), wait_s=-1)
    (reply,) = talk.say(Ping(1), wait_s=0)
    assert isinstance(reply, Reply)
    assert isinstance(reply.message, Error)


def test_faults_in_a_row_end_the_connection() -> None:
    talk = Talk()
    for _ in range(MAX_FAULTS - 1):
        assert [type(outcome) for outcome in talk.say_bytes(b"\xc1")] == [Reply]
    assert talk.say_bytes(b"\xc1")[-1] == Close(Code.MALFORMED)
    assert talk.say(Ping(1)) == []


def test_sound_message_between_faults_is_forgiving() -> None:
    talk = Talk()
    for _ in range(3 * MAX_FAULTS):
        talk.say_bytes(b"\xc1")
        assert talk.say(Ping(1)) == [Reply(Pong(1))]


def test_malformed_request_is_answered_with_its_ref() -> None:
    (reply,) = Talk().say_bytes(msgpack.packb(["subscribe", 5, "thread:1"]))
    assert isinstance(reply, Reply)
    assert isinstance(reply.message, Error)
    assert (reply.message.ref, reply.message.code) == (5, Code.MALFORMED)


def test_limits_that_are_told_are_the_limits_that_act() -> None:
    told = hello_data(heartbeat_ms=1000, member=None)["limits"]
    assert (told["messages_per_s"], told["message_burst"]) == (MESSAGES_PER_S, MESSAGE_BURST)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.binary() | st.floats(),
    lambda items: st.lists(items, max_size=6) | st.dictionaries(st.text(max_size=4), items, max_size=4),
    max_leaves=20,
)
kinds = st.sampled_from(["subscribe", "unsubscribe", "signal", "ping", "event", ""])


@given(
    st.lists(
        st.binary(max_size=200)
        | st.text(max_size=200)
        | st.builds(lambda k, v: [k, *v], kinds, st.lists(values, max_size=4)),
        max_size=12,
    )
)
def test_nothing_that_a_peer_sends_makes_it_raise(messages: list[object]) -> None:
    for encoding in Encoding:
        session = Session(encoding, 0.0)
        for message in messages:
            data = message if isinstance(message, bytes | str) else msgpack.packb(message)
            for outcome in session.receive(data, 0.0):
                assert isinstance(outcome, SubscribeAsked | UnsubscribeAsked | SignalAsked | Reply | Close)
