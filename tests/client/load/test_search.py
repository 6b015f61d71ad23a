from __future__ import annotations

from collections.abc import Sequence

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.search import MAX_RUNS, PRECISION, Found, find_largest


async def search(limit: int, *, first: int = 10, most: int = 100_000) -> Found:
    async def attempt(size: int) -> Sequence[str]:
        return [] if size <= limit else [f"p99<1ms (it is {size}ms)"]

    return await find_largest(attempt, first=first, most=most)


@pytest.mark.parametrize("limit", [10, 11, 57, 1234, 54_321])
async def test_largest_that_holds_is_found_to_a_tenth(limit: int) -> None:
    found = await search(limit)
    assert limit * (1 - PRECISION) - 1 <= found.largest <= limit
    assert len(found.tries) <= MAX_RUNS
    assert f"It holds with {found.largest:,} readers." in found.as_text("readers")


async def test_search_ends_at_the_most_and_below_the_first() -> None:
    found = await search(10**9, most=50)
    assert [one.size for one in found.tries] == [10, 20, 40, 50]
    assert "that is the most that may be tried" in found.as_text("readers")
    smaller = await search(6)
    assert smaller.largest in {5, 6}
    nothing = await search(0)
    assert nothing.largest == 0
    assert "does not hold at the first size" in nothing.as_text("readers")
    with pytest.raises(ClientError, match="begins with 1 to 5"):
        await search(3, first=6, most=5)
