from __future__ import annotations

import pytest

from tertulia_client.load import timeline as module
from tertulia_client.load.timeline import Timeline


def test_each_moment_has_what_came_in_it() -> None:
    now_s = [10.0]
    timeline = Timeline(lambda: now_s[0])
    for time_s in (0.010, 0.020, 0.500):
        timeline.record(time_s)
    now_s[0] = 11.0
    first = timeline.close_moment(connected=3, acknowledged=2, lag_s=0.001)
    timeline.mark("all readers are cut off")
    now_s[0] = 12.0
    second = timeline.close_moment(connected=0, acknowledged=5, lag_s=0.002)
    assert (first.at_s, first.deliveries, first.acknowledged, first.connected) == (1.0, 3, 2, 3)
    assert first.max_s == pytest.approx(0.5)
    assert (second.at_s, second.deliveries, second.acknowledged, second.p99_s) == (2.0, 0, 3, 0.0)
    assert timeline.moments == [first, second]
    assert timeline.marks == [(1.0, "all readers are cut off")]


def test_it_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MOMENTS", 2)
    timeline = Timeline(lambda: 0.0)
    for _ in range(3):
        timeline.close_moment(connected=1, acknowledged=1, lag_s=0.0)
    assert len(timeline.moments) == 2
