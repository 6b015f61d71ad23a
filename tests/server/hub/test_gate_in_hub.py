"""What was written after a change of rights reaches nobody before the change was applied."""

from __future__ import annotations

import pytest

from tertulia_server.hub import gate as gate_module
from tertulia_server.hub.listener import REASON_RIGHTS
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event, Unsubscribed
from tests.server.hub.fakes import EPOCH, World

pytestmark = pytest.mark.usefixtures("each_way")


def test_event_waits_for_the_change_before_it_and_nothing_is_lost() -> None:
    world = World()
    loser, listener = world.join()
    stayer, _ = world.join()
    world.post()
    world.clock.settle()
    world.log.rights_seq = 1
    for _ in range(3):
        world.hub.receive(world.happen()._replace(rights_seq=1))
    world.clock.settle()
    assert loser.seqs() == stayer.seqs() == [1]
    listener.drop("thread:1")
    world.hub.gate.open_at(1)
    world.clock.settle()
    assert stayer.seqs() == [1, 2, 3, 4]
    assert loser.messages[-1] == Unsubscribed("thread:1", REASON_RIGHTS)
    assert loser.seqs() == [1]


def test_event_of_after_the_change_is_not_read_from_the_log_either() -> None:
    world = World()
    sink, _ = world.join()
    world.happen()
    world.log.rights_seq = 1
    world.hub.notice_head("thread:1", EPOCH, 1)
    world.clock.advance(5)
    assert (sink.seqs(), world.hub.gate.waiting_count) == ([], 1)
    world.hub.gate.open_at(1)
    world.clock.settle()
    assert sink.seqs() == [1]


def test_returning_reader_waits_as_well() -> None:
    world = World()
    world.happen()
    world.log.rights_seq = 1
    sink, _ = world.join(cursor=Cursor(EPOCH, 0))
    world.clock.advance(5)
    assert sink.seqs() == []
    world.hub.gate.open_at(1)
    world.clock.settle()
    assert sink.seqs() == [1]


def test_what_was_rendered_before_a_thread_moved_is_read_again() -> None:
    world = World()
    sink, _ = world.join("forum:1")
    late = world.happen("forum:1")
    world.log.texts[1] = "what it is now"
    world.log.rights_seq = 1
    world.hub.gate.open_at(1, moved_seq=1)
    world.hub.receive(late)
    world.clock.advance(1)
    assert sink.texts("forum:1") == ["what it is now"]


def test_reading_of_before_a_thread_moved_is_made_again() -> None:
    world = World()
    world.happen("forum:1")
    sink, _ = world.join("forum:1", Cursor(EPOCH, 0))
    assert len(world.log.reads) == 1
    world.log.texts[1], world.log.rights_seq = "what it is now", 1
    world.hub.gate.open_at(1, moved_seq=1)
    world.clock.advance(1)
    assert sink.texts("forum:1") == ["what it is now"]
    assert len(world.log.reads) == 2


def test_what_is_remembered_can_be_forgotten_and_is_read_again() -> None:
    world = World()
    sink, _ = world.join("forum:1")
    world.post("forum:1")
    world.clock.settle()
    world.log.texts[1] = None
    world.hub.forget("forum:1")
    world.hub.forget("forum:nobody")
    again, _ = world.join("forum:1", Cursor(EPOCH, 0))
    world.clock.advance(1)
    assert (sink.texts("forum:1"), again.texts("forum:1")) == (["text 1"], [None])


def test_more_than_may_wait_is_read_from_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "MAX_WAITING", 2)
    world = World()
    sink, _ = world.join()
    world.log.rights_seq = 1
    for _ in range(5):
        world.hub.receive(world.happen()._replace(rights_seq=1))
    world.hub.gate.open_at(1)
    world.clock.advance(1)
    assert sink.seqs() == [1, 2, 3, 4, 5]


def test_another_log_is_told_to_who_keeps_the_gate() -> None:
    world = World()
    renewed: list[str] = []
    world.hub.on_renew(lambda: renewed.append(world.hub.epoch))
    world.hub.renew(EPOCH, {})
    assert renewed == []
    world.hub.renew("e2", {})
    assert renewed == ["e2"]


def test_subscriptions_of_a_channel_are_live_and_lagging_ones() -> None:
    world = World()
    _, live = world.join()
    _, lagging = world.join(room=1)
    world.post()
    world.clock.settle()
    assert {subscription.outlet for subscription in world.hub.subscriptions("thread:1")} == {live, lagging}
    assert world.hub.subscriptions("thread:2") == ()


def test_dropped_channel_may_be_followed_again_and_others_go_on() -> None:
    world = World()
    sink, listener = world.join()
    world.subscribe(listener, "forum:1")
    told: list[str] = []
    listener.on_drop = told.append
    listener.drop("thread:1")
    listener.drop("thread:1")
    assert (told, listener.channels) == (["thread:1"], ("forum:1",))
    world.post("forum:1")
    world.post("thread:1")
    world.clock.settle()
    assert [message.channel for message in sink.messages if isinstance(message, Event)] == ["forum:1"]
    world.subscribe(listener, "thread:1")
    world.post("thread:1")
    world.clock.settle()
    assert sink.seqs() == [2]
