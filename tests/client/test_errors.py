from __future__ import annotations

import pytest

from tertulia_client.errors import ApiError, FollowRefused, advised, known_code, sentence_of
from tertulia_wire.codes import Action, Code, action_of


@pytest.mark.parametrize("code", list(Code))
def test_known_number_is_its_code(code: Code) -> None:
    assert known_code(int(code)) is code
    assert sentence_of(int(code)) == code.sentence


@pytest.mark.parametrize("number", [4099, 4199, 4299, 4399, 1006, 0])
def test_unknown_number_is_a_code_that_asks_for_the_same(number: int) -> None:
    assert known_code(number).action is action_of(number)
    assert str(number) in sentence_of(number)


def test_errors_keep_the_number_as_it_came() -> None:
    error = ApiError(4099, 503, "Later.", 500)
    assert (error.number, error.action, str(error)) == (4099, Action.RETRY, "Later.")
    assert FollowRefused(4301, "No.").code is Code.FORBIDDEN


def test_refusal_that_a_person_can_do_something_about_says_what() -> None:
    said = advised("No.", Code.UNAUTHENTICATED)
    assert said.startswith("No. Make a token")
    assert advised(said, Code.UNAUTHENTICATED) == said
    assert advised("No.", Code.FORBIDDEN) == advised("No.", 4999) == "No."
