from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tertulia_client.bots.memory import Memory
from tertulia_client.bots.state import open_state
from tertulia_client.events import Reset
from tertulia_wire.cursors import Cursor
from tests.client.bots.samples import post_created


def post(seq: int, *, channel: str = "thread:1", post_id: int = 0, epoch: str = "e1"):
    return post_created(seq=seq, channel=channel, post_id=post_id or seq, epoch=epoch)


def test_next_life_begins_behind_what_ended_and_repeats_nothing(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "s")) as state:
        memory = Memory(state)
        first, second, third = (memory.begin(post(seq)) for seq in (5, 6, 7))
        assert first is not None
        assert second is not None
        assert third is not None
        memory.end(first)
        memory.end(third)
        memory.save()
    with closing(open_state(tmp_path / "s")) as state:
        memory = Memory(state)
        assert memory.cursor("thread:1") == Cursor("e1", 5)
        assert memory.begin(post(6)) is not None
        assert memory.begin(post(7)) is None


def test_event_of_two_channels_is_begun_once_also_in_the_next_life(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "s")) as state:
        memory = Memory(state)
        job = memory.begin(post(5))
        assert job is not None
        assert memory.begin(post(9, channel="forum:3", post_id=5)) is None
        memory.end(job)
        memory.save()
        assert memory.places == {"thread:1": Cursor("e1", 5), "forum:3": Cursor("e1", 9)}
    with closing(open_state(tmp_path / "s")) as state:
        memory = Memory(state)
        assert memory.begin(post(10, channel="forum:4", post_id=5)) is None


def test_event_that_did_not_end_may_come_by_its_own_channel_again(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "s")) as state:
        memory = Memory(state)
        memory.begin(post(5))
        memory.begin(post(9, channel="forum:3", post_id=5))
        memory.save()
    with closing(open_state(tmp_path / "s")) as state:
        assert Memory(state).begin(post(5)) is not None


def test_reset_is_kept_when_it_was_handled_and_the_past_ends_in_the_past() -> None:
    with closing(open_state(None)) as state:
        memory = Memory(state)
        old = memory.begin(post(5))
        assert old is not None
        reset = memory.begin_reset(Reset("thread:1", Cursor("e2", 2), "epoch"))
        new = memory.begin(post(3, epoch="e2", post_id=77))
        assert new is not None
        memory.end(old)
        memory.end(new)
        memory.save()
        assert state.channels() == {}
        memory.end(reset)
        memory.save()
        assert state.channels()["thread:1"].cursor == Cursor("e2", 3)


def test_channel_in_which_nothing_happened_is_kept_too() -> None:
    with closing(open_state(None)) as state:
        memory = Memory(state)
        memory.settle("thread:1", Cursor("e1", 4))
        memory.settle("thread:1", Cursor("e1", 9))
        memory.save()
        memory.save()
        assert state.channels()["thread:1"].cursor == Cursor("e1", 4)


def test_place_in_another_log_is_not_mixed_with_this_one(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "s")) as state:
        memory = Memory(state)
        job = memory.begin(post(5))
        assert job is not None
        memory.end(job)
        memory.save()
        assert Memory(state).begin(post(3, epoch="e2", post_id=9)) is not None
