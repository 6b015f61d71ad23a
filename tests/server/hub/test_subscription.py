from tertulia_server.hub.frame import Frame
from tertulia_server.hub.subscription import Subscription
from tests.server.hub.fakes import FakeSink, World


def test_new_subscription_is_not_live_and_owes_no_reset():
    world = World()
    listener = world.hub.connect(FakeSink())
    channel = world.hub.enter("thread:1")
    subscription = Subscription(channel, listener, FakeSink().push, is_text=False, seq=4)
    assert (subscription.is_live, subscription.is_queued, subscription.reset_reason) == (False, False, None)
    assert subscription.seq == 4


def test_offer_that_fills_the_sink_makes_the_connection_lag():
    world = World()
    sink, listener = world.join(room=3)
    [subscription] = world.hub.subscriptions("thread:1")
    frame = Frame([b"news"], is_text=False)
    subscription.offer(frame)
    assert (listener.is_writable, subscription.is_live) == (True, True)
    subscription.offer(frame)
    assert (listener.is_writable, subscription.is_live) == (False, False)
    assert sink.frames[-2:] == [frame, frame]
