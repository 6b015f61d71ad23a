"""The errors of the server carry a code and a sentence."""

from __future__ import annotations

from tertulia_server.errors import Refusal, StartError, TertuliaError
from tertulia_wire.codes import Code


def test_error_without_a_message_says_the_sentence_of_its_code() -> None:
    error = Refusal(Code.FORBIDDEN)
    assert str(error) == Code.FORBIDDEN.sentence
    assert error.code is Code.FORBIDDEN
    assert error.retry_after_ms is None


def test_error_with_a_message_says_that() -> None:
    error = Refusal(Code.OVERLOADED, "Too many at the door.", retry_after_ms=2000)
    assert str(error) == "Too many at the door."
    assert error.retry_after_ms == 2000


def test_start_error_is_one_of_ours() -> None:
    assert isinstance(StartError("No."), TertuliaError)
    assert str(StartError("No.")) == "No."
