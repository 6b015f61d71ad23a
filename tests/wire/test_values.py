import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_wire.codes import Code
from tertulia_wire.errors import DecodeError
from tertulia_wire.limits import MAX_ARRAY_ITEMS, MAX_DEPTH_LEVELS, MAX_MAP_ITEMS, MAX_SEQ
from tertulia_wire.values import check_plain, refuse, unique_map


def nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


def test_plain_values_pass() -> None:
    check_plain([None, True, 0, -MAX_SEQ, MAX_SEQ, 1.5, "", "é😀", [], {}, {"a": {"b": [1]}}])


@pytest.mark.parametrize("levels", range(MAX_DEPTH_LEVELS + 1))
def test_value_as_deep_as_the_limit_passes(levels: int) -> None:
    check_plain(nested(levels))


@pytest.mark.parametrize("levels", [MAX_DEPTH_LEVELS + 1, 100, 100_000])
def test_value_deeper_than_the_limit_is_malformed(levels: int) -> None:
    with pytest.raises(DecodeError) as caught:
        check_plain(nested(levels))
    assert caught.value.code is Code.MALFORMED


@pytest.mark.parametrize(
    "value",
    [b"", b"x", bytearray(b"x"), (1,), {1}, object(), MAX_SEQ + 1, -MAX_SEQ - 1, 10**400, math.nan, math.inf,
     -math.inf, "\ud800", "ok \udfff", {"\ud800": 1}, {1: 1}, {b"a": 1}, {None: 1}],
)  # fmt: skip
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [[value]], lambda value: {"a": value}])
def test_value_that_is_not_plain_is_malformed_at_any_depth(value: Any, wrap: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        check_plain(wrap(value))
    assert caught.value.code is Code.MALFORMED


@pytest.mark.parametrize(
    "value", [[0] * (MAX_ARRAY_ITEMS + 1), {str(number): 0 for number in range(MAX_MAP_ITEMS + 1)}]
)
def test_container_beyond_its_limit_is_too_large(value: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        check_plain([value])
    assert caught.value.code is Code.TOO_LARGE


def test_containers_at_their_limit_pass() -> None:
    check_plain([[0] * MAX_ARRAY_ITEMS, {str(number): 0 for number in range(MAX_MAP_ITEMS)}])


@given(st.dictionaries(st.text(), st.integers()))
def test_map_of_unique_keys_is_kept(value: Any) -> None:
    assert unique_map(list(value.items())) == value


def test_map_with_a_key_twice_is_malformed() -> None:
    with pytest.raises(DecodeError):
        unique_map([("a", 1), ("b", 2), ("a", 1)])


def test_refusal_is_a_decode_error() -> None:
    with pytest.raises(DecodeError, match=r"Not so\."):
        refuse("Not so.")
