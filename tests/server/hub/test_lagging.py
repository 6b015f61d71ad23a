import pytest

from tertulia_server.hub.listener import Grant
from tertulia_wire.cursors import RESET_TRIMMED, Cursor
from tertulia_wire.events import POST_REMOVED
from tertulia_wire.messages import Reset
from tests.server.hub.fakes import EPOCH, FakeSink, World

pytestmark = pytest.mark.usefixtures("each_way")


def long_log(count: int) -> World:
    world = World()
    for _ in range(count):
        world.happen()
    return world


def test_returning_reader_reads_the_log_and_becomes_live():
    world = long_log(150)
    sink, _ = world.join(cursor=Cursor(EPOCH, 3))
    world.clock.advance(1)
    world.post()
    world.clock.settle()
    assert sink.seqs() == list(range(4, 152))


def test_many_returning_readers_cost_as_many_reads_as_there_are_blocks():
    world = long_log(130)
    sinks = [world.join(cursor=Cursor(EPOCH, seq))[0] for seq in range(100)]
    world.clock.advance(1)
    assert [sink.seqs() for sink in sinks] == [list(range(seq + 1, 131)) for seq in range(100)]
    assert len(world.log.reads) == 3


def test_readers_at_one_place_share_the_frame():
    world = long_log(50)
    first, _ = world.join(cursor=Cursor(EPOCH, 0))
    second, _ = world.join(cursor=Cursor(EPOCH, 0))
    world.clock.advance(1)
    assert first.frames[-1] is second.frames[-1]


def test_slow_reader_gets_no_more_than_it_takes_and_misses_nothing():
    world = World()
    slow, _ = world.join(room=2)
    quick, _ = world.join()
    for _ in range(100):
        world.post()
        world.clock.settle()
    assert slow.seqs() == [1]
    assert quick.seqs() == list(range(1, 101))
    while len(slow.seqs()) < 100:
        slow.drain(room=1)
        world.clock.advance(0.1)
    slow.drain()
    world.post()
    world.clock.advance(1)
    assert slow.seqs() == list(range(1, 102))
    assert world.log.reads == []


def test_refused_frame_was_taken_and_is_not_repeated():
    world = World()
    sink, _ = world.join(room=2)
    world.post()
    world.clock.settle()
    sink.drain()
    world.clock.settle()
    world.post()
    world.clock.settle()
    assert sink.seqs() == [1, 2]


def test_reader_that_lags_in_one_channel_lags_in_all():
    world = World()
    sink, listener = world.join(room=3)
    world.subscribe(listener, "thread:2")
    world.post("thread:1")
    world.clock.settle()
    world.post("thread:2")
    world.clock.settle()
    assert sink.seqs("thread:2") == []
    sink.drain()
    world.clock.settle()
    assert sink.seqs("thread:2") == [1]


def test_reader_from_a_worker_that_heard_more_waits_until_we_have_heard_it_too():
    world = World()
    world.join()
    first, second, third = (world.happen() for _ in range(3))
    ahead, _ = world.join(cursor=Cursor(EPOCH, 2))
    for item in (first, second, third):
        world.hub.receive(item)
    world.clock.advance(1)
    assert ahead.seqs() == [3]


def test_reader_who_was_ahead_is_served_even_when_one_round_passes_him():
    world = World()
    world.join()
    world.happen()
    sink = FakeSink()
    listener = world.hub.connect(sink)
    listener.subscribe(1, [Grant("thread:1", Cursor(EPOCH, 1), 1, 1)])
    world.clock.settle()
    world.post()
    world.clock.advance(1)
    world.post()
    world.clock.advance(1)
    assert sink.seqs() == [2, 3]


def test_cursor_below_a_log_trimmed_meanwhile_is_told_to_start_over():
    world = long_log(10)
    sink = FakeSink()
    listener = world.hub.connect(sink)
    listener.subscribe(1, [Grant("thread:1", Cursor(EPOCH, 0), 10, 1)])
    world.log.first_seq = 5
    world.clock.advance(1)
    assert [m for m in sink.messages if isinstance(m, Reset)] == [Reset("thread:1", Cursor(EPOCH, 10), RESET_TRIMMED)]
    assert sink.seqs() == []


def test_removed_text_is_not_replayed_from_memory():
    world = World()
    world.join()
    world.post()
    world.post()
    world.clock.settle()
    world.post(name=POST_REMOVED, about_id=1)
    world.clock.settle()
    late, _ = world.join(cursor=Cursor(EPOCH, 0))
    world.clock.advance(1)
    assert late.texts() == [None, "text 2", None]


def test_reader_waits_for_the_store_and_then_goes_on():
    world = long_log(5)
    world.log.is_away = True
    sink, _ = world.join(cursor=Cursor(EPOCH, 0))
    world.clock.advance(20)
    assert sink.seqs() == []
    world.log.is_away = False
    world.clock.advance(3)
    assert sink.seqs() == [1, 2, 3, 4, 5]


def test_reader_who_left_while_waiting_for_the_log_gets_nothing():
    world = long_log(5)
    sink, listener = world.join(cursor=Cursor(EPOCH, 0))
    world.join()
    listener.unsubscribe("thread:1")
    world.clock.advance(1)
    assert sink.seqs() == []
