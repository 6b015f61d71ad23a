from __future__ import annotations

from tertulia_client.notices import ChannelEnded
from tertulia_wire.codes import Code


def test_end_with_a_code_is_an_error_with_that_code() -> None:
    error = ChannelEnded("thread:9", "There is no such channel.", 4204).as_error()
    assert (error.code, error.channel) == (Code.UNKNOWN_CHANNEL, "thread:9")
    assert str(error).startswith("thread:9: There is no such channel. Or this account")


def test_end_without_words_takes_those_of_the_code() -> None:
    assert Code.FORBIDDEN.sentence in str(ChannelEnded("thread:9", "", 4301).as_error())


def test_end_by_the_server_says_why() -> None:
    error = ChannelEnded("thread:9", "rights").as_error()
    assert error.code is Code.FORBIDDEN
    assert "rights" in str(error)
