from __future__ import annotations

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.web import pacing
from tertulia_server.web.pacing import Pace


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def is_let(pace: Pace, member_id: int) -> bool:
    try:
        pace.check(member_id)
    except Refusal:
        return False
    return True


def test_burst_is_let_and_then_so_many_a_second() -> None:
    clock = Clock()
    pace = Pace(burst=2, per_s=2, clock=clock)
    assert [is_let(pace, 1) for _ in range(3)] == [True, True, False]
    assert is_let(pace, 2)
    clock.now_s += 0.5
    assert [is_let(pace, 1) for _ in range(2)] == [True, False]
    clock.now_s += 60
    assert [is_let(pace, 1) for _ in range(3)] == [True, True, False]


def test_refusal_says_when_to_come_back() -> None:
    pace = Pace(burst=1, per_s=0.5, clock=Clock())
    pace.check(1)
    with pytest.raises(Refusal) as error:
        pace.check(1)
    assert error.value.retry_after_ms == 2_001


def test_number_of_members_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MAX_KEPT", 2)
    pace = Pace(burst=1, per_s=0.001, clock=Clock())
    assert [is_let(pace, member_id) for member_id in (1, 2, 3, 3, 2, 1)] == [True, True, True, False, False, True]
