import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.broker.parcels import (
    PARTITION_COUNT,
    UnreadableParcelError,
    channel_in,
    partition_of,
    start_of,
    unwrap,
    wrap,
)
from tertulia_server.broker.port import Publication
from tertulia_wire.limits import MAX_SEQ

GOOD = wrap(Publication("thread:1", "e1", 4, "post.created", 9, b"payload"), "worker")


@given(st.integers(1, MAX_SEQ), st.integers(0, 2**53), st.binary(max_size=300))
def test_parcel_holds_what_was_wrapped(seq: int, about_id: int, payload: bytes) -> None:
    publication = Publication("thread:17", "abc123", seq, "post.edited", about_id, payload, seq // 2)
    parcel = wrap(publication, "worker-1")
    assert unwrap(parcel) == publication
    assert channel_in(parcel) == b"thread:17"


def test_worker_knows_its_own() -> None:
    assert GOOD.startswith(start_of("worker"))
    assert not GOOD.startswith(start_of("work"))


@pytest.mark.parametrize(
    "parcel", [b"", b"\n", b"2", b"2 ", b"2 worker", b"1 worker thread:1 e1 4", b"1" + b"x" * 9999]
)
def test_bytes_that_do_not_begin_like_a_parcel_have_no_channel(parcel: bytes) -> None:
    assert channel_in(parcel) == b""


@given(st.binary(max_size=100))
def test_any_bytes_may_be_asked_for_their_channel(parcel: bytes) -> None:
    assert channel_in(b"2 " + parcel) in parcel


@pytest.mark.parametrize(
    "parcel",
    [
        b"",
        b"\n",
        GOOD.partition(b"\n")[0],
        b"1" + GOOD[1:],
        GOOD.replace(b" 4 ", b" 0 "),
        GOOD.replace(b" 4 ", b" x "),
        GOOD.replace(b" 4 ", b" "),
        GOOD.replace(b"thread:1", b"thread 1"),
        b"\xff" + GOOD,
        b"x" * 10_000,
    ],
)
def test_bytes_that_are_no_parcel_are_unreadable(parcel: bytes) -> None:
    with pytest.raises(UnreadableParcelError):
        unwrap(parcel)


@given(st.binary(max_size=400))
def test_nothing_but_a_parcel_or_the_one_error_comes_out(parcel: bytes) -> None:
    try:
        unwrap(parcel)
    except UnreadableParcelError:
        return


def test_partitions_are_alike_in_every_release_and_spread() -> None:
    assert (partition_of("site"), partition_of("thread:1"), partition_of("forum:3")) == (36, 47, 51)
    assert {partition_of(f"thread:{number}") for number in range(2000)} == set(range(PARTITION_COUNT))
