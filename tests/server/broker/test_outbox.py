from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.broker.outbox import Outbox


def test_oldest_come_out_first() -> None:
    outbox = Outbox()
    for command in (b"a", b"bb", b"ccc"):
        outbox.put(command)
    assert outbox.take(2, 100) == [b"a", b"bb"]
    assert (len(outbox), outbox.size_bytes) == (1, 3)
    assert outbox.take(9, 100) == [b"ccc"]
    assert (len(outbox), outbox.size_bytes, outbox.dropped_count) == (0, 0, 0)


def test_large_ones_come_out_a_few_at_a_time_but_always_one() -> None:
    outbox = Outbox()
    for command in (b"aaaa", b"bbbb", b"cccc", b"dddd"):
        outbox.put(command)
    assert outbox.take(9, 5) == [b"aaaa", b"bbbb"]
    assert outbox.take(9, 1) == [b"cccc"]
    assert outbox.size_bytes == 4


def test_full_one_drops_the_oldest() -> None:
    outbox = Outbox(max_parcels=2)
    for command in (b"a", b"b", b"c"):
        outbox.put(command)
    assert (outbox.take(9, 100), outbox.dropped_count) == ([b"b", b"c"], 1)


def test_one_that_is_larger_than_all_room_is_dropped_itself() -> None:
    outbox = Outbox(max_bytes=10)
    outbox.put(b"x" * 11)
    assert (len(outbox), outbox.size_bytes, outbox.dropped_count) == (0, 0, 1)


def test_what_is_thrown_away_is_counted() -> None:
    outbox = Outbox()
    outbox.put(b"a")
    outbox.put(b"b")
    outbox.drop_all()
    assert (len(outbox), outbox.size_bytes, outbox.dropped_count) == (0, 0, 2)


@given(st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 5)), max_size=60))
def test_bounds_hold_and_nothing_is_lost_uncounted(steps: list[bytes | int]) -> None:
    outbox = Outbox(max_parcels=7, max_bytes=100)
    put = taken = 0
    for step in steps:
        if isinstance(step, bytes):
            outbox.put(step)
            put += 1
        else:
            taken += len(outbox.take(step, 50))
        assert len(outbox) <= 7
        assert outbox.size_bytes == sum(map(len, outbox._commands)) <= 100
        assert put == taken + len(outbox) + outbox.dropped_count
