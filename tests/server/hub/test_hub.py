import pytest

from tertulia_server.hub.listener import Grant
from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import RESET_EPOCH, Cursor
from tertulia_wire.messages import Accepted, Event, Reset, Subscribed, Unsubscribed
from tests.server.hub.fakes import EPOCH, FakeSink, World, in_epoch, outcome

pytestmark = pytest.mark.usefixtures("each_way")


def test_published_event_reaches_every_live_subscription_as_the_same_bytes():
    world = World()
    sinks = [world.join()[0] for _ in range(3)]
    published = world.post()
    world.clock.settle()
    assert [sink.seqs() for sink in sinks] == [[1]] * 3
    assert all(sink.frames[-1].websocket_bytes is sinks[0].frames[-1].websocket_bytes for sink in sinks)
    assert sinks[0].frames[-1].payloads == (published.payload,)


def test_events_of_one_turn_travel_in_one_frame():
    world = World()
    sink, _ = world.join()
    for _ in range(5):
        world.post()
    world.clock.settle()
    assert len(sink.frames[-1].payloads) == 5


def test_json_reader_gets_the_same_events_as_text():
    world = World()
    binary, _ = world.join()
    text, _ = world.join(encoding=Encoding.JSON)
    world.post()
    world.clock.settle()
    assert text.events() == binary.events()
    assert text.frames[-1].is_text


def test_event_of_a_channel_that_nobody_follows_is_dropped():
    world = World()
    world.post("thread:2")
    assert world.hub.channels == ()
    assert world.hub.remembered_bytes == 0


def test_first_listener_follows_the_channel_and_the_last_one_leaves_it():
    world = World()
    _, first = world.join()
    _, second = world.join()
    assert world.followed == ["thread:1"]
    first.close()
    assert world.unfollowed == []
    second.close()
    assert world.unfollowed == ["thread:1"]
    assert world.hub.channels == ()
    assert world.hub.listener_count == 0


def test_channel_left_idle_gives_its_memory_back():
    world = World()
    _, listener = world.join()
    world.post()
    world.clock.settle()
    assert world.hub.remembered_bytes > 0
    listener.close()
    assert world.hub.remembered_bytes == 0


def test_event_published_while_its_channel_is_held_is_not_lost():
    world = World()
    sink = FakeSink()
    listener = world.hub.connect(sink)
    with world.hub.hold(["thread:1"]):
        head_in_snapshot = world.log.head("thread:1")
        world.post()  # committed and published after the store was asked
        listener.subscribe(7, [Grant("thread:1", Cursor(EPOCH, 0), head_in_snapshot, 1)])
    world.clock.settle()
    assert sink.seqs() == [1]


def test_head_noticed_while_its_channel_is_held_is_repaired():
    world = World()
    sink = FakeSink()
    listener = world.hub.connect(sink)
    with world.hub.hold(["thread:1"]):
        world.happen()
        world.hub.notice_head("thread:1", EPOCH, 1)
        listener.subscribe(7, [Grant("thread:1", None, 0, 1)])
    world.clock.advance(1)
    assert sink.seqs() == [1]


def test_held_channel_that_nobody_joined_is_forgotten():
    world = World()
    with world.hub.hold(["thread:1", "thread:1", "thread:2"]):
        assert list(world.hub.channels) == ["thread:1", "thread:2"]
    assert list(world.hub.channels) == []
    assert world.unfollowed == ["thread:1", "thread:2"]


def test_publication_of_another_epoch_is_doubted_and_not_sent():
    world = World()
    sink, _ = world.join()
    world.hub.receive(in_epoch(world.happen(), "other"))
    world.clock.advance(1)
    assert world.doubts == 1
    assert sink.seqs() == []


def test_head_of_another_epoch_is_not_noticed():
    world = World()
    world.join()
    world.hub.notice_head("thread:1", "other", 5)
    world.clock.advance(1)
    assert world.log.reads == []


def test_new_epoch_tells_all_to_start_over_and_goes_on_from_there():
    world = World()
    live, _ = world.join()
    lagging, _ = world.join(room=1)
    world.post()
    world.clock.settle()
    world.log.epoch = "e2"
    world.hub.renew("e2", {"thread:1": 1})
    world.post()
    world.clock.advance(1)
    lagging.drain()
    world.clock.advance(1)
    assert [m for m in live.messages if isinstance(m, Reset)] == [Reset("thread:1", Cursor("e2", 1), RESET_EPOCH)]
    assert live.seqs() == [1, 2]
    assert [m for m in lagging.messages if isinstance(m, Reset)] == [Reset("thread:1", Cursor("e2", 2), RESET_EPOCH)]
    assert lagging.seqs() == []


def test_head_of_an_unknown_channel_is_zero():
    assert World().hub.head("thread:9") == 0


def test_reply_and_events_keep_their_order_on_one_sink():
    world = World()
    world.happen()
    sink, listener = world.join(cursor=Cursor(EPOCH, 0))
    world.post()
    world.clock.advance(1)
    listener.unsubscribe("thread:1")
    world.post()
    world.clock.settle()
    kinds = [type(message) for message in sink.messages]
    assert kinds == [Subscribed, Event, Event, Unsubscribed]


def test_subscription_from_now_gets_only_what_follows():
    world = World()
    world.happen()
    sink, _ = world.join()
    assert outcome(sink) == Accepted("thread:1", Cursor(EPOCH, 1), 1)
    world.post()
    world.clock.settle()
    assert sink.seqs() == [2]
