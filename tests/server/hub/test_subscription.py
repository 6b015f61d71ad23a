from tertulia_server.hub.subscription import Subscription
from tests.server.hub.fakes import FakeSink, World


def test_new_subscription_is_not_live_and_owes_no_reset():
    world = World()
    listener = world.hub.connect(FakeSink())
    channel = world.hub.enter("thread:1")
    subscription = Subscription(channel, listener, FakeSink().push, is_text=False, seq=4)
    assert (subscription.is_live, subscription.is_queued, subscription.reset_reason) == (False, False, None)
    assert subscription.seq == 4
