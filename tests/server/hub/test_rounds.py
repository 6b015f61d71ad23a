import pytest

from tertulia_server.hub.channel import SITE_PACE_S
from tertulia_server.hub.rounds import SLICE_PUSHES
from tertulia_wire.channels import SITE_CHANNEL
from tertulia_wire.cursors import Cursor
from tertulia_wire.events import POST_CREATED, POST_REMOVED
from tests.server.hub.fakes import EPOCH, FakeSink, World

pytestmark = pytest.mark.usefixtures("each_way")


def crowd(world: World, count: int) -> list[FakeSink]:
    sinks = []
    for _ in range(count):
        sink, _listener = world.join()
        sink.frames.clear()
        sinks.append(sink)
    return sinks


def served(sinks: list[FakeSink]) -> int:
    return sum(1 for sink in sinks if sink.frames)


def test_large_round_yields_to_the_loop_between_slices():
    world = World()
    sinks = crowd(world, SLICE_PUSHES + 1)
    world.post()
    world.clock.step()
    assert served(sinks) == SLICE_PUSHES
    world.clock.step()
    assert served(sinks) == SLICE_PUSHES + 1


def test_event_during_a_round_waits_for_the_next_one():
    world = World()
    sinks = crowd(world, SLICE_PUSHES + 1)
    world.post()
    world.clock.step()
    world.post()
    world.post()
    world.clock.settle()
    assert {tuple(sink.seqs()) for sink in sinks} == {(1, 2, 3)}
    assert {len(sink.frames) for sink in sinks} == {2}


def test_who_joins_during_a_round_gets_it_from_the_log_or_not_at_all_but_never_twice():
    world = World()
    sinks = crowd(world, SLICE_PUSHES + 1)
    world.post()
    world.clock.step()
    late, _ = world.join(cursor=Cursor(EPOCH, 0))
    fresh, _ = world.join()
    world.post()
    world.clock.advance(1)
    assert late.seqs() == [1, 2]
    assert fresh.seqs() == [2]
    assert {tuple(sink.seqs()) for sink in sinks} == {(1, 2)}


def test_who_leaves_during_a_round_gets_nothing_more():
    world = World()
    crowd(world, SLICE_PUSHES)
    sink, listener = world.join()
    sink.frames.clear()
    world.post()
    world.clock.step()
    listener.close()
    world.clock.settle()
    assert sink.frames == []


def test_who_lags_and_recovers_during_a_round_gets_each_event_once():
    world = World()
    crowd(world, SLICE_PUSHES)
    sink, listener = world.join()
    world.post()
    world.clock.step()
    listener.stall()
    sink.drain()
    world.clock.advance(1)
    assert sink.seqs() == [1]


def test_text_removed_during_a_round_goes_to_nobody_who_waits_for_it():
    world = World()
    sinks = crowd(world, 2 * SLICE_PUSHES)
    world.post()
    world.clock.step()
    early, late = sinks[:SLICE_PUSHES], sinks[SLICE_PUSHES:]
    world.post(name=POST_REMOVED, about_id=1)
    world.clock.advance(1)
    assert {tuple(sink.texts()) for sink in early} == {("text 1", None)}
    assert {tuple(sink.texts()) for sink in late} == {(None, None)}


def test_text_removed_before_its_round_began_is_in_no_frame():
    world = World()
    sinks = crowd(world, 3)
    world.post()
    world.post(name=POST_REMOVED, about_id=1)
    world.clock.advance(1)
    assert [sink.texts() for sink in sinks] == [[None, None]] * 3
    assert len(world.log.reads) == 1


def test_event_that_left_memory_before_its_round_is_read_once_for_all():
    world = World(budget_bytes=0)
    sinks = crowd(world, 3)
    other, _ = world.join("thread:2")
    world.post()
    world.post("thread:2")
    world.clock.advance(1)
    assert [sink.seqs() for sink in sinks] == [[1]] * 3
    assert other.seqs("thread:2") == [1]
    assert [read[0] for read in world.log.reads] == ["thread:1"]


def test_round_of_a_large_backlog_is_cut_into_frames():
    world = World(budget_bytes=1 << 24)
    sink, _ = world.join()
    sink.frames.clear()
    for _ in range(10):
        world.log.append("thread:1", POST_CREATED, text="x" * 20_000)
        world.hub.receive(world.log.publication("thread:1", world.log.head("thread:1")))
    world.clock.settle()
    assert sink.seqs() == list(range(1, 11))
    assert max(frame.payload_bytes for frame in sink.frames) < 64 * 1024


def test_without_a_delay_each_event_leaves_at_once():
    world = World()
    [sink] = crowd(world, 1)
    for _ in range(3):
        world.post()
        world.clock.settle()
    assert [len(frame.payloads) for frame in sink.frames] == [1, 1, 1]


def test_events_that_come_quickly_wait_for_each_other_and_the_first_one_does_not():
    world = World(round_delay_s=0.005)
    [sink] = crowd(world, 1)
    world.post()
    world.clock.settle()
    assert sink.seqs() == [1]
    for _ in range(3):
        world.post()
        world.clock.advance(0.001)
    assert sink.seqs() == [1]
    world.clock.advance(0.003)
    assert [len(frame.payloads) for frame in sink.frames] == [1, 3]
    world.clock.advance(0.006)
    world.post()
    world.clock.settle()
    assert sink.seqs() == [1, 2, 3, 4, 5]


def test_delay_holds_for_what_came_during_a_round_too():
    world = World(round_delay_s=0.005)
    sinks = crowd(world, SLICE_PUSHES + 1)
    world.post()
    world.clock.step()
    world.post()
    world.clock.settle()
    assert {tuple(sink.seqs()) for sink in sinks} == {(1,)}
    world.clock.advance(0.006)
    assert {tuple(sink.seqs()) for sink in sinks} == {(1, 2)}


def test_events_of_the_site_are_joined_into_one_round_per_while():
    world = World()
    sink, _listener = world.join(SITE_CHANNEL)
    sink.frames.clear()
    world.post(SITE_CHANNEL)
    world.clock.settle()
    assert sink.seqs(SITE_CHANNEL) == [1]
    for _ in range(5):
        world.post(SITE_CHANNEL)
        world.clock.settle()
    assert len(sink.frames) == 1
    world.clock.advance(SITE_PACE_S)
    assert (sink.seqs(SITE_CHANNEL), len(sink.frames)) == ([1, 2, 3, 4, 5, 6], 2)
    world.clock.advance(SITE_PACE_S)
    world.post(SITE_CHANNEL)
    world.clock.settle()
    assert (sink.seqs(SITE_CHANNEL)[-1], len(sink.frames)) == (7, 3)
