from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tertulia_wire.codes import Action, Code, action_of

RANGES = {Action.RETRY: range(4000, 4100), Action.RESUBSCRIBE: range(4100, 4200),
          Action.CORRECT: range(4200, 4300), Action.GIVE_UP: range(4300, 4400)}  # fmt: skip


def test_codes_lie_in_the_range_of_their_action() -> None:
    for code in Code:
        assert code in RANGES[code.action], code.name


def test_numbers_and_names_are_unique() -> None:
    """An enumeration takes a second name for one number silently, as an alias."""
    assert len(Code) == len(Code.__members__)
    assert [number for number, count in Counter(map(int, Code)).items() if count > 1] == []


def test_numbers_grow_through_the_table() -> None:
    assert sorted(Code) == list(Code)


def test_statuses_are_errors_of_http_and_fit_the_action() -> None:
    for code in Code:
        assert 400 <= code.status <= 599, code.name
        if code.action in {Action.CORRECT, Action.GIVE_UP}:
            assert code.status < 500, code.name


def test_sentences_are_sentences_that_fit_a_close_frame() -> None:
    """A close frame holds 123 bytes of reason (RFC 6455 section 5.5)."""
    for code in Code:
        assert code.sentence[0].isupper(), code.name
        assert code.sentence.endswith("."), code.name
        assert len(code.sentence.encode()) <= 123, code.name


@given(st.integers(-10, 100_000))
def test_action_of_any_number_follows_its_hundreds(number: int) -> None:
    """A client that has never heard of 4250 still knows that repeating is useless."""
    expected = next((action for action, numbers in RANGES.items() if number in numbers), Action.RETRY)
    assert action_of(number) is expected


def test_action_of_the_close_codes_of_websockets_is_to_retry() -> None:
    for number in (1000, 1001, 1006, 1011, 1012, 1013):
        assert action_of(number) is Action.RETRY
