from __future__ import annotations

import pytest

from tertulia_client.subscription import ChannelState, Subscription, moved_reason, why_reset
from tertulia_wire.cursors import Cursor


def test_states_follow_the_conversation() -> None:
    subscription = Subscription("thread:1", None)
    assert subscription.state is ChannelState.WAITING
    subscription.asked(4)
    assert (subscription.state, subscription.ref) == (ChannelState.SUBSCRIBING, 4)
    assert not subscription.is_followed
    subscription.accepted(9)
    assert (subscription.state, subscription.ref, subscription.head) == (ChannelState.CATCHING_UP, -1, 9)
    assert subscription.is_followed
    subscription.wait(7.5)
    assert (subscription.state, subscription.retry_at_s) == (ChannelState.WAITING, 7.5)
    subscription.asked(5)
    assert subscription.retry_at_s is None


@pytest.mark.parametrize(
    ("given", "head", "reason"),
    [
        (Cursor("e1", 5), 9, None),
        (Cursor("e1", 3), 9, None),
        (Cursor("e1", 3), 5, None),
        (Cursor("e1", 3), 4, "ahead"),
        (Cursor("e1", 6), 9, "trimmed"),
        (Cursor("e2", 5), 9, "epoch"),
    ],
)
def test_answer_resumes_from_ours_or_says_why_not(given: Cursor, head: int, reason: str | None) -> None:
    assert moved_reason(Cursor("e1", 5), given, head) == reason


def test_reason_is_told_in_words_and_a_new_one_as_it_is() -> None:
    assert "restored backup" in why_reset("epoch")
    assert why_reset("sung") == "sung"
