from __future__ import annotations

from collections.abc import Callable

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.search import MAX_RUNS, PRECISION, Found, Look, find_largest

HOLDS = Look((), {"p99<1ms": "0.5ms"})
BREAKS = Look(("not p99<1ms",), {"p99<1ms": "2ms"})


async def search(look_of: Callable[[int, int], Look], *, first: int = 10, most: int = 100_000) -> Found:
    """``look_of`` a size, at which look (from 1) of it."""
    looks: dict[int, int] = {}

    async def attempt(size: int) -> Look:
        looks[size] = looks.get(size, 0) + 1
        return look_of(size, looks[size])

    return await find_largest(attempt, first=first, most=most)


def upto(limit: int) -> Callable[[int, int], Look]:
    return lambda size, _: HOLDS if size <= limit else BREAKS


@pytest.mark.parametrize("limit", [10, 11, 57, 1234, 54_321])
async def test_largest_that_holds_is_found_to_a_tenth_in_two_looks(limit: int) -> None:
    found = await search(upto(limit))
    assert limit * (1 - PRECISION) - 1 <= found.largest <= limit < found.smallest_broken
    assert len(found.tries) <= MAX_RUNS
    assert found.answer("readers") == (
        f"It holds with {found.largest:,} readers (held in 2 of 2 looks), and not with {found.smallest_broken:,}"
        " (held in 0 of 2 looks)."
    )


async def test_search_ends_at_the_most_and_below_the_first() -> None:
    found = await search(upto(10**9), most=50)
    assert [one.size for one in found.tries] == [10, 20, 40, 50, 50]
    assert found.answer("readers").endswith("(held in 2 of 2 looks); that is the most that may be tried.")
    assert (await search(upto(6))).largest in {5, 6}
    nothing = await search(upto(0))
    assert nothing.largest == 0
    assert "does not hold with 10 readers, the first size" in nothing.answer("readers")
    with pytest.raises(ClientError, match="begins with 1 to 5"):
        await search(upto(3), first=6, most=5)


async def test_run_that_breaks_by_chance_is_looked_at_again() -> None:
    def unlucky(size: int, look: int) -> Look:
        return BREAKS if size > 300 or (size == 20 and look == 1) else HOLDS

    found = await search(unlucky)
    assert found.largest > 250
    assert [not one.look.broken for one in found.tries if one.size == 20] == [False, True, True]


async def test_run_that_holds_by_chance_is_not_the_answer() -> None:
    def lucky(size: int, look: int) -> Look:
        return HOLDS if size <= 40 or (size == 50 and look == 1) else BREAKS

    found = await search(lucky)
    assert 36 <= found.largest <= 40
    assert found.smallest_broken < 50
    assert [not one.look.broken for one in found.tries if one.size == 50] == [True, False, False]


async def test_size_that_cannot_begin_is_not_tried_twice() -> None:
    found = await search(lambda size, _: HOLDS if size <= 20 else Look(["it could not begin"], is_final=True))
    broken = [one.size for one in found.tries if one.look.broken]
    assert len(broken) == len(set(broken)) > 1
    assert found.answer("readers").endswith("(broke in one look).")


async def test_table_says_of_each_run_what_was_found_and_why_it_broke() -> None:
    found = await search(upto(10), most=20)
    assert found.as_text("readers").splitlines()[:3] == [
        "    look  p99<1ms",
        "10     1    0.5ms  holds",
        "20     1      2ms  not p99<1ms",
    ]
    values = found.as_values()
    assert values["largest"] == found.largest
    assert values["runs"][1] == {"size": 20, "holds": False, "broken": ["not p99<1ms"], "p99<1ms": "2ms"}


async def test_search_without_end_is_ended() -> None:
    turn = [0]

    def fickle(_: int, __: int) -> Look:
        turn[0] += 1
        return HOLDS if turn[0] % 3 else BREAKS

    assert len((await search(fickle, most=10**9)).tries) <= MAX_RUNS
