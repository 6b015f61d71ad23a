"""The conversation as the client leads it, message by message."""

from __future__ import annotations

import pytest

from tertulia_client import notices as n
from tertulia_client.subscription import ChannelState, Start
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tests.client.pair import A, B, Pair, of


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.mark.parametrize("encoding", list(Encoding))
def test_follow_from_now_gets_later_events_in_order(encoding: Encoding) -> None:
    pair = Pair(encoding)
    pair.server.publish(A)
    pair.protocol.follow(A)
    pair.connect()
    pair.server.publish(A)
    pair.server.publish(A)
    pair.settle()
    notices = pair.protocol.notices()
    assert [type(notice) for notice in notices] == [n.Greeted, n.ChannelLive, n.EventReceived, n.EventReceived]
    assert notices[1] == n.ChannelLive(A, Cursor("e1", 1))
    assert notices[3] == n.EventReceived(A, 3, "post.created", {"seq": 3, "epoch": "e1"}, Cursor("e1", 3))


def test_follow_from_cursor_catches_up_and_is_live_at_the_head(pair: Pair) -> None:
    for _ in range(3):
        pair.server.publish(A)
    pair.protocol.follow(A, Cursor("e1", 1))
    pair.connect()
    notices = pair.protocol.notices()
    assert [getattr(notice, "seq", None) for notice in notices[1:]] == [2, 3, None]
    assert notices[-1] == n.ChannelLive(A, Cursor("e1", 3))
    assert pair.protocol.is_live


def test_follow_from_the_beginning_learns_the_epoch_then_reads_all(pair: Pair) -> None:
    for _ in range(3):
        pair.server.publish(A)
    pair.protocol.follow(A, Start.BEGINNING)
    pair.connect()
    assert pair.seqs() == [1, 2, 3]


def test_follow_from_the_beginning_of_an_empty_log_is_live_at_once(pair: Pair) -> None:
    pair.protocol.follow(A, Start.BEGINNING)
    pair.connect()
    assert pair.protocol.is_live
    pair.server.publish(A)
    pair.settle()
    assert pair.seqs() == [1]


def test_follow_twice_is_one_subscription(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.protocol.follow(A, Cursor("e1", 0))
    pair.protocol.connection_made()
    assert pair.sent() == [m.Subscribe(1, [(A, None)])]


def test_connection_made_resumes_everything_with_one_message(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.protocol.follow(B, Cursor("e1", 0))
    pair.connect()
    pair.server.publish(A)
    pair.settle()
    pair.cut()
    pair.protocol.connection_made()
    [message] = pair.sent()
    assert isinstance(message, m.Subscribe)
    assert list(message.items) == [(A, Cursor("e1", 1)), (B, Cursor("e1", 0))]


def test_more_channels_than_one_message_may_name_go_into_several(pair: Pair) -> None:
    for number in range(1, 702):
        pair.protocol.follow(f"thread:{number}")
    pair.protocol.connection_made()
    assert [len(message.items) for message in pair.sent() if isinstance(message, m.Subscribe)] == [500, 201]


def test_events_during_an_absence_come_after_it_once(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    pair.server.publish(A)
    pair.settle()
    pair.cut()
    pair.server.publish(A)
    pair.connect()
    assert pair.seqs() == [1, 2]


def test_event_that_came_before_is_dropped(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    pair.server.publish(A)
    event = pair.server.wire[0]
    pair.settle()
    pair.say(event)
    assert pair.seqs() == [1]


def test_event_of_a_channel_not_followed_is_dropped(pair: Pair) -> None:
    pair.connect()
    pair.say(m.Event(A, 1, "post.created", {}))
    pair.say(m.Signal(A, "typing", {}))
    assert of(pair.protocol.notices(), n.EventReceived, n.SignalReceived) == []


def test_unknown_event_name_moves_the_cursor(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    pair.say(m.Event(A, 1, "post.sung", {}))
    assert pair.protocol.cursors[A] == Cursor("e1", 1)


def test_hole_subscribes_again_from_the_cursor_and_nothing_is_missing(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    for _ in range(3):
        pair.server.publish(A)
    del pair.server.wire[1]
    pair.settle()
    notices = pair.protocol.notices()
    assert of(notices, n.HoleFound) == [n.HoleFound(A, 2, 3)]
    assert [notice.seq for notice in notices if isinstance(notice, n.EventReceived)] == [1, 2, 3]


def test_hole_that_stays_is_asked_for_ever_more_slowly(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    asked = 0
    for _ in range(50):
        pair.say(m.Event(A, 7, "post.created", {}))
        pair.settle()
        asked += len(of(pair.protocol.notices(), n.HoleFound))
    assert asked == 2
    assert pair.protocol.channels[A] is ChannelState.WAITING
    pair.pass_time(1.0)
    assert pair.protocol.channels[A] is ChannelState.SUBSCRIBING


@pytest.mark.parametrize("code", [Code.OVERLOADED, Code.RIGHTS_CHANGED, 4099])
def test_refusal_that_may_pass_is_asked_again_after_the_time_told(pair: Pair, code: int) -> None:
    pair.server.refusals[A] = m.Refused(A, code, "later", 2000)
    pair.protocol.follow(A)
    pair.connect()
    [delayed] = of(pair.protocol.notices(), n.ChannelDelayed)
    assert isinstance(delayed, n.ChannelDelayed)
    assert 2.0 <= delayed.retry_s <= 2.5
    assert not pair.protocol.is_live
    pair.clock.now_s += delayed.retry_s - 0.001 - 1.0
    pair.protocol.resume()
    pair.pass_time(0.9)
    assert not pair.protocol.has_outgoing
    pair.pass_time(0.2)
    pair.settle()
    assert pair.protocol.is_live


@pytest.mark.parametrize("code", [Code.UNKNOWN_CHANNEL, Code.FORBIDDEN, 4299, 4399])
def test_refusal_for_good_ends_the_channel(pair: Pair, code: int) -> None:
    pair.server.refusals[A] = m.Refused(A, code, "no")
    pair.protocol.follow(A)
    pair.connect()
    assert of(pair.protocol.notices(), n.ChannelEnded) == [n.ChannelEnded(A, "no", code)]
    assert pair.protocol.channels == {}


def test_error_that_answers_a_subscribe_refuses_all_its_channels(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.protocol.follow(B)
    pair.protocol.connection_made()
    [message] = pair.sent()
    assert isinstance(message, m.Subscribe)
    pair.say(m.Error(message.ref, Code.RATE_LIMITED, "slow down", 500))
    assert [type(notice) for notice in pair.protocol.notices()] == [n.ChannelDelayed, n.ChannelDelayed]


def test_server_that_follows_what_we_left_is_left_itself(pair: Pair) -> None:
    pair.server.refusals[A] = m.Refused(A, Code.ALREADY_SUBSCRIBED, "already")
    pair.protocol.follow(A)
    pair.connect()
    assert pair.protocol.closing is not None
    pair.cut()
    pair.connect()
    assert pair.protocol.is_live


def test_error_that_turns_the_connection_away_names_the_wait(pair: Pair) -> None:
    pair.connect()
    pair.say(m.Error(None, Code.OVERLOADED, "busy", 2000))
    assert pair.protocol.retry_after_ms == 2000
    pair.connect()
    assert pair.protocol.retry_after_ms is None


def test_error_without_a_subscribe_is_told(pair: Pair) -> None:
    pair.connect()
    pair.say(m.Error(None, Code.MALFORMED, "what?"))
    assert n.ErrorReceived(Code.MALFORMED, "what?", None) in pair.protocol.notices()


def test_reset_by_a_new_epoch_is_told_once_and_goes_on_from_its_cursor(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    for _ in range(4):
        pair.server.publish(A)
    pair.settle()
    pair.server.renew_epoch()
    pair.server.publish(A)
    pair.settle()
    notices = pair.protocol.notices()
    assert of(notices, n.ChannelReset) == [n.ChannelReset(A, Cursor("e2", 2), "epoch")]
    assert pair.protocol.cursors[A] == Cursor("e2", 3)


@pytest.mark.parametrize(
    ("held", "reason"), [(Cursor("e0", 1), "epoch"), (Cursor("e1", 9), "ahead"), (Cursor("e1", 0), "trimmed")]
)
def test_cursor_that_cannot_be_resumed_is_reset(pair: Pair, held: Cursor, reason: str) -> None:
    for _ in range(3):
        pair.server.publish(A)
    pair.server.trim(A)
    pair.protocol.follow(A, held)
    pair.connect()
    assert of(pair.protocol.notices(), n.ChannelReset) == [n.ChannelReset(A, Cursor("e1", 3), reason)]
    assert pair.protocol.is_live


@pytest.mark.parametrize(
    ("held", "reason"), [(Cursor("e0", 1), "epoch"), (Cursor("e1", 9), "ahead"), (Cursor("e1", 0), "trimmed")]
)
@pytest.mark.parametrize("says_so", [True, False])
def test_answer_with_another_cursor_is_a_reset_told_once(pair: Pair, held: Cursor, reason: str, says_so: bool) -> None:
    pair.protocol.follow(A, held)
    pair.protocol.connection_made()
    pair.say(m.Subscribed(1, [m.Accepted(A, Cursor("e1", 3), 3)]))
    if says_so:
        pair.say(m.Reset(A, Cursor("e1", 3), reason))
    pair.say(m.Event(A, 4, "post.created", {}))
    notices = pair.protocol.notices()
    assert of(notices, n.ChannelReset) == [n.ChannelReset(A, Cursor("e1", 3), reason)]
    assert len(of(notices, n.EventReceived)) == 1


def test_unsubscribed_for_rights_ends_the_channel_with_its_cursor(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    pair.say(m.Unsubscribed(A, "rights"))
    assert n.ChannelEnded(A, "rights", None, Cursor("e1", 0)) in pair.protocol.notices()


def test_unfollow_sends_it_and_drops_what_is_under_way(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    pair.server.publish(A)
    pair.protocol.unfollow(A)
    pair.protocol.unfollow(A)
    pair.settle()
    assert pair.seqs() == []
    assert pair.server.positions == {}


def test_unfollow_and_follow_again_begins_anew(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.connect()
    pair.server.publish(A)
    pair.protocol.unfollow(A)
    pair.protocol.follow(A, Cursor("e1", 0))
    pair.settle()
    assert pair.seqs() == [1]
    assert pair.protocol.is_live


def test_silence_is_asked_about_and_an_answer_calms(pair: Pair) -> None:
    pair.connect()
    pair.pass_time(0.9)
    assert pair.sent() == []
    pair.pass_time(0.2)
    [ping] = pair.sent()
    assert isinstance(ping, m.Ping)
    pair.pass_time(0.5)
    pair.say(m.Pong(ping.ref))
    pair.pass_time(0.9)
    assert pair.protocol.closing is None


def test_silence_after_a_ping_is_the_end_of_the_connection(pair: Pair) -> None:
    pair.connect()
    pair.pass_time(1.1)
    pair.pass_time(1.1)
    assert pair.protocol.closing is not None
    assert pair.protocol.closing.is_abort
    assert pair.protocol.next_deadline_s is None


def test_silence_while_nobody_reads_means_nothing(pair: Pair) -> None:
    pair.connect()
    pair.protocol.pause()
    pair.pass_time(60.0)
    pair.protocol.resume()
    pair.pass_time(0.9)
    assert pair.sent() == []
    assert pair.protocol.closing is None


def test_drain_leaves_when_told_and_not_before(pair: Pair) -> None:
    pair.connect()
    pair.say(m.Drain(700))
    assert n.DrainAnnounced(700) in pair.protocol.notices()
    pair.pass_time(0.6)
    assert pair.protocol.closing is None
    assert pair.protocol.next_deadline_s == pytest.approx(100.7)
    pair.pass_time(0.2)
    assert pair.protocol.closing is not None
    assert not pair.protocol.closing.is_abort


def test_unknown_kind_is_ignored(pair: Pair) -> None:
    pair.connect()
    pair.protocol.receive(b"\x92\xa4sing\x01")
    assert pair.protocol.closing is None


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x91\xa5event", "[]", b"\x93\xa5reset\xa8thread:1\x01"])
def test_malformed_message_closes_and_silences(pair: Pair, payload: bytes | str) -> None:
    pair.protocol.follow(A)
    pair.connect()
    pair.protocol.receive(payload)
    assert pair.protocol.closing is not None
    assert pair.protocol.closing.code == Code.MALFORMED
    pair.protocol.notices()
    pair.say(m.Event(A, 1, "post.created", {}))
    assert pair.protocol.notices() == []


@pytest.mark.parametrize("heartbeat", [None, -5, 0, 10**12, "soon", True, 1.5])
def test_hello_with_a_senseless_heartbeat_keeps_the_default(pair: Pair, heartbeat: object) -> None:
    pair.protocol.connection_made()
    pair.protocol.receive(encode(m.Hello({"heartbeat_ms": heartbeat}), Encoding.MSGPACK))
    assert pair.protocol.next_deadline_s == pytest.approx(125.0)


def test_nothing_is_sent_without_a_connection(pair: Pair) -> None:
    pair.protocol.follow(A)
    pair.protocol.tick()
    assert not pair.protocol.has_outgoing
    assert pair.protocol.next_deadline_s is None
    pair.connect()
    pair.cut()
    pair.protocol.unfollow(A)
    assert not pair.protocol.has_outgoing
