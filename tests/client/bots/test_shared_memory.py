from __future__ import annotations

import pytest

from tertulia_client.api import Api
from tertulia_client.bots.memory import Job
from tertulia_client.bots.shared_memory import SharedMemory, part_of
from tertulia_client.bots.shares import Part, Share
from tertulia_client.events import Event, Reset
from tertulia_client.subscription import Start
from tertulia_wire.cursors import Cursor

FORUM = "forum:3"


def at(seq: int) -> Cursor:
    return Cursor("e1", seq)


def share_of(**places: dict[str, Cursor]) -> Share:
    """A share of two parts, of which those named ``p0`` and ``p1`` are held."""
    share = Share(Api("http://127.0.0.1:1"), "dice")
    share.count = 2
    share.held = {int(name[1:]): Part(1, dict(known)) for name, known in places.items()}
    return share


def event(seq: int, lane: str) -> Event:
    class Laned(Event):
        @property
        def lane(self) -> str:
            return lane

    return Laned(FORUM, seq, "post.sung", at(seq), {})


def begin(memory: SharedMemory, seq: int, lane: str) -> Job:
    job = memory.begin(event(seq, lane))
    assert job is not None
    return job


def test_each_thread_is_in_one_part_whatever_brings_its_events() -> None:
    assert [part_of(f"thread:{number}", 8) for number in (1, 8, 17)] == [1, 0, 1]
    assert 0 <= part_of("site", 8) < 8
    assert part_of("site", 8) == part_of("site", 8)


def test_events_of_other_parts_are_passed_over_and_the_place_moves_on() -> None:
    share = share_of(p0={FORUM: at(4)})
    memory = SharedMemory(share)
    job = begin(memory, 5, "thread:2")
    assert memory.begin(event(6, "thread:1")) is None
    memory.save()
    assert share.held[0].places == {FORUM: at(4)}
    memory.end(job)
    memory.save()
    assert share.held[0].news == {FORUM: at(6)}


def test_work_goes_on_from_where_the_part_that_is_furthest_behind_was() -> None:
    memory = SharedMemory(share_of(p0={FORUM: at(4)}, p1={FORUM: at(9)}))
    assert memory.cursor(FORUM) == memory.beginning(FORUM, Start.NOW) == at(4)
    assert memory.begin(event(5, "thread:1")) is None, "its part has handled it"
    assert memory.begin(event(6, "thread:2")) is not None
    assert memory.places == {FORUM: at(5)}


@pytest.mark.parametrize(("since", "beginning"), [(Start.NOW, at(4)), (Start.BEGINNING, Start.BEGINNING)])
def test_part_that_was_never_there_does_not_make_the_others_lose_anything(since: Start, beginning: object) -> None:
    memory = SharedMemory(share_of(p0={FORUM: at(4)}, p1={}))
    assert memory.cursor(FORUM) is None
    assert memory.beginning(FORUM, since) == beginning
    assert memory.beginning("thread:1", since) is since


def test_reset_moves_all_parts_once_it_is_handled() -> None:
    share = share_of(p0={FORUM: at(4)}, p1={FORUM: at(4)})
    memory = SharedMemory(share)
    job = memory.begin_reset(Reset(FORUM, Cursor("e2", 1), "epoch"))
    memory.save()
    assert share.held[0].news == {}
    memory.end(job)
    memory.save()
    assert [one.news for one in share.held.values()] == [{FORUM: Cursor("e2", 1)}] * 2


def test_channel_that_has_caught_up_has_a_place() -> None:
    share = share_of(p0={})
    memory = SharedMemory(share)
    memory.settle(FORUM, at(7))
    memory.save()
    assert share.held[0].news == {FORUM: at(7)}
    assert memory.places == {FORUM: at(7)}
