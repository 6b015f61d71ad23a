import pytest

from tertulia_server.hub.channel import GAP_PATIENCE_S, MAX_EARLY
from tertulia_server.hub.listener import Grant
from tertulia_wire.cursors import RESET_TRIMMED, Cursor
from tertulia_wire.events import POST_REMOVED
from tertulia_wire.messages import Reset
from tests.server.hub.fakes import EPOCH, FakeSink, World

pytestmark = pytest.mark.usefixtures("each_way")


def test_doubled_events_are_sent_once():
    world = World()
    sink, _ = world.join()
    published = world.post()
    world.hub.receive(published)
    world.clock.settle()
    world.hub.receive(published)
    world.clock.settle()
    assert sink.seqs() == [1]


def test_later_event_waits_for_its_elder():
    world = World()
    sink, _ = world.join()
    first, second = world.happen(), world.happen()
    world.hub.receive(second)
    world.clock.advance(GAP_PATIENCE_S * 0.9)
    assert sink.seqs() == []
    world.hub.receive(first)
    world.clock.advance(1)
    assert sink.seqs() == [1, 2]
    assert world.log.reads == []


def test_lost_event_is_read_once_for_all():
    world = World()
    sinks = [world.join()[0] for _ in range(5)]
    world.happen()
    world.post()
    world.clock.advance(GAP_PATIENCE_S + 0.1)
    assert [sink.seqs() for sink in sinks] == [[1, 2]] * 5
    assert world.log.reads == [("thread:1", 0, 2)]
    assert world.hub.repair_count == 1


def test_long_gap_is_closed_block_after_block_without_waiting_again():
    world = World()
    sink, _ = world.join()
    for _ in range(300):
        world.happen()
    world.hub.notice_head("thread:1", EPOCH, 300)
    world.clock.advance(GAP_PATIENCE_S + 10 * world.log.delay_s)
    assert sink.seqs() == list(range(1, 301))
    assert len(world.log.reads) == 5


def test_noticed_head_waits_for_a_publication_on_its_way():
    world = World()
    sink, _ = world.join()
    published = world.happen()
    world.hub.notice_head("thread:1", EPOCH, 1)
    world.clock.advance(GAP_PATIENCE_S / 2)
    world.hub.receive(published)
    world.clock.advance(1)
    assert sink.seqs() == [1]
    assert world.log.reads == []


def test_head_that_is_known_is_no_news():
    world = World()
    world.join()
    world.post()
    world.hub.notice_head("thread:1", EPOCH, 1)
    world.clock.advance(1)
    assert world.log.reads == []


def test_next_hole_gets_its_own_patience():
    world = World()
    sink, _ = world.join()
    first, second, third, _fourth = (world.happen() for _ in range(4))
    world.hub.receive(second)
    world.clock.advance(GAP_PATIENCE_S * 0.9)
    world.hub.notice_head("thread:1", EPOCH, 4)
    world.hub.receive(first)
    world.clock.advance(GAP_PATIENCE_S * 0.9)
    assert world.log.reads == []
    world.hub.receive(third)
    world.clock.advance(1)
    assert sink.seqs() == [1, 2, 3, 4]


def test_events_out_of_order_are_remembered_within_the_budget_only():
    world = World(budget_bytes=10_000)
    sink, _ = world.join()
    published = [world.happen() for _ in range(500)]
    for item in reversed(published):
        world.hub.receive(item)
    assert world.hub.remembered_bytes < 20_000
    world.clock.advance(5)
    assert sink.seqs() == list(range(1, 501))


def test_gap_is_repaired_when_the_store_comes_back():
    world = World()
    sink, _ = world.join()
    world.log.is_away = True
    world.happen()
    world.post()
    world.clock.advance(10)
    assert sink.seqs() == []
    world.log.is_away = False
    world.clock.advance(3)
    assert sink.seqs() == [1, 2]


def test_gap_that_was_trimmed_meanwhile_tells_readers_to_start_over():
    world = World()
    sink, _ = world.join()
    for _ in range(10):
        world.happen()
    world.log.first_seq = 9
    world.hub.notice_head("thread:1", EPOCH, 10)
    world.clock.advance(1)
    assert [m for m in sink.messages if isinstance(m, Reset)] == [Reset("thread:1", Cursor(EPOCH, 10), RESET_TRIMMED)]
    world.post()
    world.clock.advance(1)
    assert sink.seqs() == [11]


def test_channel_left_during_a_gap_asks_nothing_more():
    world = World()
    _, listener = world.join()
    world.happen()
    world.post()
    listener.close()
    world.clock.advance(5)
    assert world.log.reads == []


def test_epoch_renewed_during_a_read_lets_nobody_wait_for_ever():
    world = World()
    sink, _ = world.join()
    world.happen()
    world.post()
    world.clock.advance(GAP_PATIENCE_S + world.log.delay_s / 2)
    world.log.epoch = "e2"
    world.hub.renew("e2", {"thread:1": 2})
    world.clock.advance(1)
    world.post()
    world.clock.advance(1)
    assert sink.seqs() == [3]
    assert world.hub.head("thread:1") == 3


def test_removal_heard_before_the_channel_is_open_counts_even_without_room_for_it() -> None:
    """What was heard before it holds a text that is gone by now: it is read instead."""
    world = World()
    sink = FakeSink()
    listener = world.hub.connect(sink)
    with world.hub.hold(["thread:1"]):
        *early, late = [world.happen() for _ in range(MAX_EARLY + 1)]
        for publication in early:
            world.hub.receive(publication)
        for about_id in (early[-1].about_id, late.about_id):
            world.post(name=POST_REMOVED, about_id=about_id)
        listener.subscribe(1, [Grant("thread:1", Cursor(EPOCH, 1), 3, 1)])
    world.hub.receive(late)
    world.clock.advance(1)
    assert sink.seqs() == list(range(2, MAX_EARLY + 4))
    assert sink.texts()[-4:] == [None] * 4


@pytest.mark.parametrize("count", [MAX_EARLY, MAX_EARLY + 5])
def test_events_heard_before_the_channel_is_open_count(count: int) -> None:
    world = World()
    sink = FakeSink()
    listener = world.hub.connect(sink)
    with world.hub.hold(["thread:1"]):
        for _ in range(count):
            world.post()
        listener.subscribe(1, [Grant("thread:1", Cursor(EPOCH, 1), 3, 1)])
    world.clock.advance(1)
    assert sink.seqs() == list(range(2, count + 1))
