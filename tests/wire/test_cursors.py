import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, CursorVector, is_epoch, reset_reason
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_CURSOR_VECTOR_CHARS, MAX_EPOCH_CHARS, MAX_SEQ

EPOCHS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=MAX_EPOCH_CHARS)
CURSORS = st.builds(Cursor, EPOCHS, st.integers(0, MAX_SEQ))
CHANNELS = st.integers(1, MAX_SEQ).map(lambda number: f"thread:{number}")


@given(CURSORS)
def test_cursor_printed_and_parsed_is_the_same(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


@given(st.text(max_size=60))
def test_any_text_is_refused_or_is_the_one_text_of_a_cursor(text: str) -> None:
    try:
        cursor = Cursor.parse(text)
    except WireError as error:
        assert error.code is Code.INVALID  # noqa: PT017  # raising is one of two right answers
    else:
        assert str(cursor) == text


@pytest.mark.parametrize(
    "text",
    ["", ".", "a", "a.", ".1", "a.-1", "a.01", "a.1.2", "A.1", "a.١", "a.1\n", "é.1", "a b.1", "a.9007199254740992"],
)
def test_text_that_is_no_cursor_is_invalid(text: str) -> None:
    with pytest.raises(WireError) as caught:
        Cursor.parse(text)
    assert caught.value.code is Code.INVALID


@given(st.dictionaries(CHANNELS, CURSORS, max_size=40))
def test_vector_printed_and_parsed_is_the_same(cursors: Any) -> None:
    vector = CursorVector.of(cursors)
    assert CursorVector.parse(str(vector)) == vector


def test_vector_of_nothing_is_the_empty_text() -> None:
    assert str(CursorVector()) == ""
    assert CursorVector.parse("") == {}


def test_vector_beyond_its_limit_is_too_large() -> None:
    """It travels in a header of SSE and in a query string."""
    text = str(CursorVector.of({f"thread:{number}": Cursor("abc", number) for number in range(1, 400)}))
    assert len(text) > MAX_CURSOR_VECTOR_CHARS
    with pytest.raises(WireError) as caught:
        CursorVector.parse(text)
    assert caught.value.code is Code.TOO_LARGE


@pytest.mark.parametrize("text", ["thread:1", "thread:1=", "=a.1", "thread:1=a.1=b.2", "nothing=a.1", "thread:1=a.x"])
def test_vector_with_a_broken_item_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        CursorVector.parse(text)


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        (Cursor("now", 20), None),  # at the head
        (Cursor("now", 10), None),  # somewhere in the log
        (Cursor("now", 4), None),  # just before the first that is kept
        (Cursor("now", 3), "trimmed"),
        (Cursor("now", 0), "trimmed"),
        (Cursor("now", 21), "ahead"),
        (Cursor("old", 10), "epoch"),
        (Cursor("old", 99), "epoch"),
    ],
)
def test_cursor_against_a_log_of_5_to_20_is_resumed_or_reset(cursor: Cursor, expected: Any) -> None:
    assert reset_reason(cursor, epoch="now", first=5, head=20) == expected


def test_cursor_of_a_channel_without_events_is_resumed() -> None:
    assert reset_reason(Cursor("now", 0), epoch="now", first=1, head=0) is None


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30))
def test_cursor_is_resumed_exactly_if_all_later_events_are_kept(seq: int, first: int, head: int) -> None:
    kept = set(range(first, head + 1))
    can_resume = seq <= head and set(range(seq + 1, head + 1)) <= kept
    if first <= head + 1:  # a log is never trimmed beyond its head
        assert (reset_reason(Cursor("e", seq), epoch="e", first=first, head=head) is None) == can_resume


@pytest.mark.parametrize("value", [None, 1, b"abc", "", "a" * 33, "A", "a-b", "a\n"])
def test_what_is_no_epoch_is_none(value: Any) -> None:
    assert not is_epoch(value)
