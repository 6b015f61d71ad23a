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
        (Faults(swap_seq=3), "abc"),
        (Faults(lose_seq=1, double_seq=3), "bcc"),
    ],
)
def test_events_are_sent_as_the_faults_will(faults: Faults, sent: str) -> None:
    assert "".join(event for _, event in faults.arrange(EVENTS)) == sent
