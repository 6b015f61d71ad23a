from __future__ import annotations

import asyncio
import itertools

import pytest
import structlog.testing

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.turns import MAX_DOUBLINGS, Turns, tell_failure
from tertulia_wire.codes import Code

LIMIT_S = 10.0
NEVER_S = 3600.0


class Work:
    """Counts the turns; those in ``failing`` raise."""

    def __init__(self, *failing: int) -> None:
        self.failing = failing
        self.count = 0
        self.taken = asyncio.Event()

    async def take(self) -> None:
        self.count += 1
        self.taken.set()
        if self.count in self.failing:
            raise RuntimeError("the database is away")

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(LIMIT_S):
            while self.count < count:
                self.taken.clear()
                await self.taken.wait()


def turns_of(work: Work, pause_s: float = NEVER_S, longest_s: float = NEVER_S, shortest_s: float = 0.0) -> Turns:
    return Turns(work.take, failure="it_failed", pause_s=lambda: pause_s, longest_s=longest_s, shortest_s=shortest_s)


async def test_a_call_cuts_the_pause_short_and_many_calls_make_one_turn() -> None:
    work = Work()
    turns = turns_of(work)
    turns.start()
    for _ in range(3):
        turns.call()
    await work.wait(1)
    turns.call()
    assert turns._called.is_set()
    await work.wait(2)
    await turns.close()
    assert work.count == 2
    assert not turns._called.is_set()


async def test_turns_come_without_a_call_too_and_go_on_after_a_failure() -> None:
    work = Work(1, 2)
    turns = turns_of(work, pause_s=0.001, shortest_s=0.001)
    turns.start()
    await work.wait(4)
    await turns.close()


async def test_pause_doubles_with_each_failure_in_a_row_up_to_the_longest() -> None:
    work = Work(*range(1, MAX_DOUBLINGS + 3))
    turns = turns_of(work, pause_s=0.5, longest_s=10.0)
    turns.start()
    pauses = [turns.pause_s()]
    for count in itertools.count(1):
        turns.call()
        await work.wait(count)
        await asyncio.sleep(0)
        pauses.append(turns.pause_s())
        if pauses[-1] == 0.5:
            break
    await turns.close()
    assert pauses[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert len(pauses) == MAX_DOUBLINGS + 4


def test_pause_beyond_the_longest_is_kept_as_it_was_asked_for() -> None:
    assert turns_of(Work(), pause_s=60.0, longest_s=1.5).pause_s() == 60.0


async def test_close_ends_a_turn_in_its_midst_and_twice_is_once() -> None:
    begun = asyncio.Event()

    async def never_done() -> None:
        begun.set()
        await asyncio.Event().wait()

    turns = Turns(never_done, failure="it_failed", pause_s=lambda: NEVER_S, longest_s=NEVER_S)
    turns.call()
    turns.start()
    await asyncio.wait_for(begun.wait(), LIMIT_S)
    await turns.close()
    assert turns._task is None
    await turns.close()


@pytest.mark.parametrize("failures", [0, 1000])
async def test_pause_stays_finite_however_often_it_failed(failures: int) -> None:
    turns = turns_of(Work(), pause_s=1.0, longest_s=1.5)
    turns._failure_count = failures
    assert 1.0 <= turns.pause_s() <= 1.5


def test_failure_is_told_unless_it_is_the_databases_absence() -> None:
    with structlog.testing.capture_logs() as lines:
        tell_failure("it_failed", TertuliaError(Code.STORE_UNAVAILABLE))
        tell_failure("it_failed", Refusal(Code.OVERLOADED), failures=1)
        tell_failure("it_failed", ValueError("a mistake"), failures=2)
    assert [line["failures"] for line in lines] == [1, 2]
