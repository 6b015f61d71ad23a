from tertulia_wire.codes import Code
from tertulia_wire.errors import DecodeError, WireError


def test_error_without_a_message_says_the_sentence_of_its_code() -> None:
    error = DecodeError(Code.TOO_LARGE)
    assert str(error) == Code.TOO_LARGE.sentence
    assert error.code is Code.TOO_LARGE
    assert error.ref is None


def test_decode_error_is_a_wire_error_and_keeps_what_it_was_told() -> None:
    error = DecodeError(Code.MALFORMED, "Not so.", ref=7)
    assert isinstance(error, WireError)
    assert (str(error), error.ref) == ("Not so.", 7)
