from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.web.byte_cache import ENTRY_BYTES, ByteCache


def test_least_recently_used_goes_first() -> None:
    cache: ByteCache[str, str] = ByteCache(3 * (ENTRY_BYTES + 10))
    for key in "abc":
        cache.put(key, key.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("d", "D", 10)
    assert [cache.get(key) for key in "abcd"] == ["A", None, "C", "D"]


def test_what_is_larger_than_all_is_not_kept_and_frees_its_older_one() -> None:
    cache: ByteCache[str, str] = ByteCache(1000)
    cache.put("a", "A", 10)
    cache.put("a", "AA", 1001)
    assert (cache.get("a"), cache.used_bytes, len(cache)) == (None, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3000), st.booleans())))
def test_memory_stays_within_its_bound_and_counts_right(steps: list[tuple[int, int, bool]]) -> None:
    cache: ByteCache[int, int] = ByteCache(5000)
    sizes: dict[int, int] = {}
    for key, size_bytes, is_put in steps:
        if is_put:
            cache.put(key, key, size_bytes)
            sizes[key] = size_bytes
        else:
            cache.drop(key)
        assert cache.used_bytes <= 5000
        kept = [known for known in sizes if cache.get(known) is not None]
        assert cache.used_bytes == sum(sizes[known] + ENTRY_BYTES for known in kept)
