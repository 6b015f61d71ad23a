from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_wire.channels import Channel, ChannelKind, forum_channel, member_channel, parse_channel, thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_CHANNEL_CHARS, MAX_SEQ


@given(st.sampled_from(ChannelKind), st.integers(1, MAX_SEQ))
def test_channel_printed_and_parsed_is_the_same(kind: Any, number: int) -> None:
    channel = Channel(kind, 0 if kind in {ChannelKind.SITE, ChannelKind.MODERATION} else number)
    assert parse_channel(str(channel)) == channel
    assert len(str(channel)) <= MAX_CHANNEL_CHARS


@given(st.text(max_size=80))
def test_any_text_is_refused_or_is_the_one_name_of_a_channel(name: str) -> None:
    """Two names for one channel would be two subscriptions to it."""
    try:
        channel = parse_channel(name)
    except WireError as error:
        assert error.code is Code.UNKNOWN_CHANNEL  # noqa: PT017  # raising is one of two right answers
    else:
        assert str(channel) == name


@pytest.mark.parametrize(
    "name",
    ["", "thread", "thread:", "thread:0", "thread:01", "thread:-1", "thread:1 ", "thread:1\n", "Thread:1", "thread:١",
     "thread:9007199254740992", "site:1", " site", "moderation:1", "post:1", "thread:1:2", "thread:" + "9" * 60],
)  # fmt: skip
def test_name_that_is_none_is_an_unknown_channel(name: str) -> None:
    with pytest.raises(WireError) as caught:
        parse_channel(name)
    assert caught.value.code is Code.UNKNOWN_CHANNEL


def test_names_are_built_in_one_place() -> None:
    assert parse_channel(thread_channel(17)) == Channel(ChannelKind.THREAD, 17)
    assert parse_channel(forum_channel(3)) == Channel(ChannelKind.FORUM, 3)
    assert parse_channel(member_channel(42)) == Channel(ChannelKind.MEMBER, 42)
    assert str(parse_channel("site")) == "site"
