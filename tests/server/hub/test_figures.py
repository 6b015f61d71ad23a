"""What the hub counts agrees with what its readers got."""

from __future__ import annotations

import pytest

from tertulia_server.hub.figures import Figures
from tertulia_server.hub.rounds import SLICE_PUSHES
from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor
from tests.server.hub.fakes import EPOCH, FakeSink, World

pytestmark = pytest.mark.usefixtures("each_way")


def check(world: World, sinks: list[FakeSink]) -> None:
    figures = world.hub.figures
    events = [(sink, event) for sink in sinks for event in sink.events()]
    assert figures.delivery_count == len(events)
    payloads = [
        payload for sink in sinks for frame in sink.frames for payload in frame.payloads if b"post.created" in payload
    ]
    assert figures.pushed_bytes == sum(map(len, payloads))


def test_new_figures_are_zero() -> None:
    figures = Figures()
    assert (figures.live_count, figures.delivery_count, figures.push_delay.count) == (0, 0, 0)


def test_rounds_count_events_and_bytes_of_both_encodings() -> None:
    world = World()
    sinks = [world.join(encoding=encoding)[0] for encoding in Encoding for _ in range(3)]
    world.post()
    world.post()
    world.clock.settle()
    check(world, sinks)
    assert world.hub.figures.round_count == world.hub.figures.push_delay.count == 1


def test_who_left_or_lagged_during_a_round_is_not_counted() -> None:
    world = World()
    joined = [world.join() for _ in range(SLICE_PUSHES + 2)]
    world.post()
    world.clock.step()
    joined[-1][1].close()
    world.clock.advance(1)
    check(world, [sink for sink, _ in joined])


def test_lagging_readers_count_too() -> None:
    world = World()
    for _ in range(100):
        world.happen()
    sink, _listener = world.join(cursor=Cursor(EPOCH, 0))
    world.clock.advance(1)
    assert len(sink.seqs()) == 100
    check(world, [sink])


def test_live_and_lagging_subscriptions_are_known_at_any_time() -> None:
    world = World()
    figures = world.hub.figures
    world.happen()
    _live, one = world.join()
    _behind, other = world.join(cursor=Cursor(EPOCH, 0))
    assert (figures.live_count, figures.lagging_count) == (1, 1)
    world.clock.advance(1)
    assert (figures.live_count, figures.lagging_count) == (2, 0)
    other.stall()
    assert (figures.live_count, figures.lagging_count) == (1, 1)
    world.hub.renew("e2", {})
    assert (figures.live_count, figures.lagging_count) == (0, 2)
    one.close()
    other.close()
    assert (figures.live_count, figures.lagging_count) == (0, 0)
