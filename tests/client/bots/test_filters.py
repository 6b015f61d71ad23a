from __future__ import annotations

import re

import pytest

from tertulia_client.bots.filters import Filter, filter_of
from tertulia_client.events import Event, Reset
from tertulia_wire.cursors import Cursor
from tests.client.bots.samples import member_changed, post_created

RESET = Reset("forum:3", Cursor("e1", 1), "epoch")


@pytest.mark.parametrize(
    ("only", "takes"),
    [
        (Filter(), True),
        (Filter(channels=("forum:*",)), True),
        (Filter(channels=("thread:1", "forum:3")), True),
        (Filter(channels=("thread:*",)), False),
        (Filter(author="ana"), True),
        (Filter(author=1), True),
        (Filter(author=2), False),
        (Filter(author="Bob"), False),
        (Filter(text="HELLO"), True),
        (Filter(text="goodbye"), False),
        (Filter(text=re.compile(r"\bto\b")), True),
        (Filter(text=re.compile(r"^to")), False),
        (Filter(where=lambda post: post.number == 1), True),
        (Filter(where=lambda post: post.number == 2), False),
        (Filter(author="ana", text="goodbye"), False),
    ],
)
def test_all_parts_must_agree(only: Filter, takes: bool) -> None:
    assert only.takes(post_created("Hello to all", channel="forum:3")) is takes


def test_what_has_no_author_or_text_does_not_pass_for_one() -> None:
    plain = Event("forum:3", 1, "post.sung", Cursor("e1", 1), {})
    for event in (plain, RESET):
        assert Filter(channels=("forum:*",)).takes(event)
        assert not Filter(author="Ana").takes(event)
        assert not Filter(text="x").takes(event)
    assert Filter(author="ana").takes(member_changed())


def test_one_channel_may_be_given_by_itself() -> None:
    assert filter_of("forum:*", None, None, None) == filter_of(["forum:*"], None, None, None)
    assert filter_of(None, None, None, None) == Filter()
