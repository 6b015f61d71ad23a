from functools import partial

import pytest

from tertulia_server.hub.core import MAX_READS_AT_ONCE, TURNS_PER_SLICE, Reads, Turns
from tertulia_server.hub.ports import LogRead, ReadDone
from tests.server.hub.clock import VirtualClock


def test_turns_run_in_order_with_a_yield_after_each_slice():
    clock = VirtualClock()
    done: list[object] = []
    turns = Turns(clock)
    for number in range(TURNS_PER_SLICE + 1):
        turns.add(partial(done.append, number))
    clock.call_soon(done.append, "loop")
    clock.settle()
    assert done == [*range(TURNS_PER_SLICE), "loop", TURNS_PER_SLICE]


def test_step_added_by_a_step_waits_for_its_turn():
    clock = VirtualClock()
    done: list[object] = []
    turns = Turns(clock)
    turns.add(lambda: turns.add(lambda: done.append("second")))
    turns.add(lambda: done.append("first"))
    clock.settle()
    assert done == ["first", "second"]


def test_step_that_breaks_does_not_stop_the_others():
    clock = VirtualClock()
    done: list[object] = []
    turns = Turns(clock)
    turns.add(break_down)
    turns.add(lambda: done.append("second"))
    with pytest.raises(ZeroDivisionError):
        clock.settle()
    clock.settle()
    assert done == ["second"]


def break_down() -> None:
    raise ZeroDivisionError


class SlowSource:
    def __init__(self) -> None:
        self.waiting: list[tuple[str, ReadDone]] = []

    def read(self, channel: str, after: int, until: int, done: ReadDone) -> None:
        self.waiting.append((channel, done))


def test_reads_are_bounded_and_the_rest_stands_in_line():
    source = SlowSource()
    answers: list[LogRead | None] = []
    reads = Reads(source)
    for number in range(MAX_READS_AT_ONCE + 2):
        reads.read(f"thread:{number}", 0, 1, answers.append)
    assert len(source.waiting) == MAX_READS_AT_ONCE
    source.waiting[0][1](LogRead("e", 1, []))
    assert len(source.waiting) == MAX_READS_AT_ONCE + 1
    assert reads.started_count == MAX_READS_AT_ONCE + 1
    assert answers == [LogRead("e", 1, [])]


def test_failed_read_makes_room_for_the_next():
    source = SlowSource()
    answers: list[LogRead | None] = []
    reads = Reads(source)
    for number in range(MAX_READS_AT_ONCE + 1):
        reads.read(f"thread:{number}", 0, 1, answers.append)
    source.waiting[0][1](None)
    assert answers == [None]
    assert len(source.waiting) == MAX_READS_AT_ONCE + 1
