from __future__ import annotations

import pytest

from tertulia_client.testing.faults import Faults

EVENTS = [(1, "a"), (2, "b"), (3, "c")]


@pytest.mark.parametrize(
    ("faults", "sent"),
    [
        (Faults(), "abc"),
        (Faults(lose_seq=2), "ac"),
        (Faults(double_seq=2), "abbc"),
        (Faults(swap_seq=2), "acb"),
        (Faults(swap_seq=3), "ab"),
        (Faults(lose_seq=1, double_seq=3), "bcc"),
    ],
)
def test_events_are_sent_as_the_faults_will(faults: Faults, sent: str) -> None:
    assert "".join(event for _, event in faults.arrange(EVENTS, [])) == sent


def test_swapped_event_waits_for_the_next_that_is_sent() -> None:
    faults, held = Faults(swap_seq=2), list[tuple[int, str]]()
    sent = ["".join(event for _, event in faults.arrange([one], held)) for one in EVENTS]
    assert sent == ["a", "", "cb"]
    assert held == []


def test_bot_is_killed_before_or_after_the_write_that_was_named() -> None:
    faults = Faults(kill_before_writes=2, kill_after_writes=1)
    assert [faults.is_killed(before=True) for _ in range(4)] == [False, True, False, False]
    assert [faults.is_killed(before=False) for _ in range(3)] == [True, False, False]
