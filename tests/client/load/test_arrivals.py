from __future__ import annotations

from itertools import pairwise

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.arrivals import Arrivals, Stretch, parse_stages


def test_one_rate_is_even() -> None:
    arrivals = Arrivals([Stretch(2.0, 5.0, 5.0)])
    assert (arrivals.count, arrivals.duration_s) == (10, 2.0)
    assert [arrivals.offset_s(index) for index in range(10)] == pytest.approx([index / 5 for index in range(10)])


def test_stages_rise_hold_jump_and_fall() -> None:
    stages = parse_stages("10s to 20/s, 5s at 20/s, 5s at 2/s, 10s to 0/s")
    assert stages == [
        Stretch(10.0, 0.0, 20.0),
        Stretch(5.0, 20.0, 20.0),
        Stretch(5.0, 2.0, 2.0),
        Stretch(10.0, 2.0, 0.0),
    ]
    arrivals = Arrivals(stages)
    assert (arrivals.count, arrivals.duration_s) == (220, 30.0)
    offsets = [arrivals.offset_s(index) for index in range(arrivals.count)]
    assert all(earlier < later for earlier, later in pairwise(offsets))
    in_each = [sum(begin <= offset < begin + 5 for offset in offsets) for begin in range(0, 30, 5)]
    assert in_each == [25, 75, 100, 10, 8, 2]
    assert offsets[25] == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fast", "is no stage"),
        ("10s to fast", "is no rate"),
        ("soon to 5/s", "is no time"),
        ("0s at 5/s", "takes no time"),
        ("5s at 0/s", "nothing arrives"),
        (",".join(["1s at 1/s"] * 101), "up to 100 stages"),
    ],
)
def test_what_is_no_stage_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ClientError, match=sentence):
        parse_stages(text)
