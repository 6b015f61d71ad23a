import pytest

from tertulia_server.hub.frame import Frame, SignalFrames
from tertulia_server.hub.history import MAX_FRAME_BYTES
from tertulia_server.hub.listener import Grant
from tertulia_server.hub.rounds import SLICE_PUSHES
from tertulia_wire.codes import Code
from tertulia_wire.cursors import RESET_AHEAD, RESET_EPOCH, RESET_TRIMMED, Cursor
from tertulia_wire.messages import Accepted, Event, Pong, Refused, Reset, Signal, Subscribed, Unsubscribed
from tests.server.hub.fakes import EPOCH, FakeSink, World, outcome

pytestmark = pytest.mark.usefixtures("each_way")


def test_answers_keep_the_order_of_the_question():
    world = World()
    sink = FakeSink()
    listener = world.hub.connect(sink)
    refused = Refused("thread:2", Code.UNKNOWN_CHANNEL, "no")
    grants = [Grant(name, None, 0, 1) for name in ("thread:1", "thread:3")]
    listener.subscribe(9, [grants[0], refused, grants[1]])
    assert sink.messages == [
        Subscribed(
            9,
            [
                Accepted("thread:1", Cursor(EPOCH, 0), 0),
                refused,
                Accepted("thread:3", Cursor(EPOCH, 0), 0),
            ],
        )
    ]
    assert listener.subscription_count == 2
    assert listener.follows("thread:3")
    assert not listener.follows("thread:2")


def test_resumed_cursor_is_accepted_with_the_head_to_reach():
    world = World()
    for _ in range(5):
        world.happen()
    sink, _ = world.join(cursor=Cursor(EPOCH, 2))
    assert outcome(sink) == Accepted("thread:1", Cursor(EPOCH, 2), 5)


def test_head_is_the_larger_one_of_store_and_hub():
    world = World()
    world.join()
    world.post()
    sink = FakeSink()
    world.hub.connect(sink).subscribe(1, [Grant("thread:1", None, 0, 1)])
    assert outcome(sink) == Accepted("thread:1", Cursor(EPOCH, 1), 1)


def reset_of(cursor: Cursor, first_seq: int = 1) -> list[Reset]:
    world = World()
    for _ in range(5):
        world.happen()
    world.log.first_seq = first_seq
    sink, _ = world.join(cursor=cursor)
    assert outcome(sink) == Accepted("thread:1", Cursor(EPOCH, 5), 5)
    world.post()
    world.clock.advance(1)
    assert sink.seqs() == [6]
    return [message for message in sink.messages if isinstance(message, Reset)]


def test_cursor_of_another_epoch_is_reset():
    assert reset_of(Cursor("other", 2)) == [Reset("thread:1", Cursor(EPOCH, 5), RESET_EPOCH)]


def test_cursor_beyond_the_head_is_reset():
    assert reset_of(Cursor(EPOCH, 6)) == [Reset("thread:1", Cursor(EPOCH, 5), RESET_AHEAD)]


def test_cursor_below_what_the_log_keeps_is_reset():
    assert reset_of(Cursor(EPOCH, 2), first_seq=4) == [Reset("thread:1", Cursor(EPOCH, 5), RESET_TRIMMED)]


def test_unsubscribed_channel_sends_nothing_more_and_can_be_followed_again():
    world = World()
    sink, listener = world.join()
    listener.unsubscribe("thread:1", "rights")
    listener.unsubscribe("thread:1")
    world.post()
    world.clock.settle()
    assert sink.messages[1:] == [Unsubscribed("thread:1", "rights")]
    world.subscribe(listener)
    world.post()
    world.clock.settle()
    assert sink.seqs() == [2]


def test_reply_to_a_sink_that_takes_no_more_makes_the_connection_lag():
    world = World()
    sink, listener = world.join(room=2)
    listener.send(Pong(1))
    assert not listener.is_writable
    world.post()
    world.clock.settle()
    assert sink.seqs() == []
    sink.drain()
    world.clock.settle()
    assert sink.seqs() == [1]


def test_closed_listener_is_left_alone():
    world = World()
    sink, listener = world.join()
    listener.close()
    listener.close()
    listener.subscribe(2, [Grant("thread:1", None, 0, 1)])
    sink.drain()
    world.post()
    world.clock.settle()
    assert len(sink.messages) == 1
    assert world.hub.channels == ()


def followed_twice(world, room=None):
    """A connection with a thread and its forum, before anything happens in them."""
    sink, listener = world.join("thread:1")
    world.subscribe(listener, "forum:1")
    sink.frames.clear()
    sink.room = room
    return sink, listener


def test_events_of_several_channels_in_one_turn_leave_in_one_write():
    world = World()
    sinks = [followed_twice(world)[0] for _ in range(3)]
    alone, _ = world.join("thread:1")
    alone.frames.clear()
    world.post("thread:1")
    world.post("forum:1")
    world.clock.settle()
    for sink in sinks:
        assert [(event.channel, event.seq) for event in sink.messages] == [("thread:1", 1), ("forum:1", 1)]
        assert len(sink.frames) == 1
        assert sink.frames[0] is sinks[0].frames[0]
    assert alone.seqs() == [1]


def test_second_channel_in_the_middle_of_a_round_changes_the_way_and_nothing_else():
    """Whether the round had come to the first one or not."""
    world = World()
    crowd = [world.join("thread:1") for _ in range(SLICE_PUSHES + 2)]
    world.post("thread:1")
    world.clock.step()
    for place in (0, SLICE_PUSHES + 1):
        world.subscribe(crowd[place][1], "forum:1")
    world.post("thread:1")
    world.post("forum:1")
    world.clock.settle()
    for place, (sink, _) in enumerate(crowd):
        assert sink.seqs("thread:1") == [1, 2]
        assert sink.seqs("forum:1") == ([1] if place in {0, SLICE_PUSHES + 1} else [])


def test_reply_does_not_overtake_the_events_before_it():
    world = World()
    sink, listener = followed_twice(world)
    world.post("thread:1")
    world.clock.step()
    assert not sink.frames
    listener.unsubscribe("thread:1")
    assert [type(message) for message in sink.messages] == [Event, Unsubscribed]


def test_end_says_what_is_held_first():
    world = World()
    sink, listener = followed_twice(world)
    world.post("thread:1")
    world.clock.step()
    listener.end(Code.OVERLOADED)
    assert sink.seqs() == [1]


def test_closed_connection_forgets_what_it_held():
    world = World()
    sink, listener = followed_twice(world)
    world.post("thread:1")
    world.clock.step()
    listener.close()
    world.clock.settle()
    assert not sink.frames


def test_slow_connection_with_several_channels_lags_and_misses_nothing():
    world = World()
    sink, _ = followed_twice(world, room=1)
    for _ in range(3):
        world.post("thread:1")
        world.post("forum:1")
        world.clock.settle()
    assert (sink.seqs("thread:1"), sink.seqs("forum:1")) == ([1], [1])
    sink.drain()
    world.clock.advance(1)
    assert (sink.seqs("thread:1"), sink.seqs("forum:1")) == ([1, 2, 3], [1, 2, 3])


def test_no_more_is_held_than_one_frame_may_have():
    world = World()
    sink, listener = followed_twice(world)
    large = Frame([bytes(MAX_FRAME_BYTES)], is_text=False)
    assert listener.hold(large)
    assert not sink.frames
    assert listener.hold(Frame([b"1"], is_text=False))
    assert [len(frame.payloads) for frame in sink.frames] == [2]


def test_signal_goes_to_a_live_subscription_only_and_leaving_is_told():
    world = World()
    sink, listener = world.join()
    world.clock.advance(1)
    frames = SignalFrames("thread:1", "presence", {"reading": 1})
    assert listener.signal("thread:1", frames)
    assert sink.messages[-1] == Signal("thread:1", "presence", {"reading": 1})
    assert not listener.signal("thread:2", frames)
    count = len(sink.messages)
    listener.stall()
    assert not listener.signal("thread:1", frames)
    assert len(sink.messages) == count
    left: list[str] = []
    listener.on_leave = lambda _, channel: left.append(channel)
    listener.close()
    assert left == ["thread:1"]
