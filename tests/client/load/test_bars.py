from __future__ import annotations

from tertulia_client.load.bars import bars


def test_curve_of_one_line() -> None:
    assert bars([0.0, 5.0, 10.0]) == [" ▄█"]
    assert bars([]) == [""]
    assert bars([0.0]) == [" "]


def test_curve_of_several_lines_is_filled_from_below() -> None:
    assert bars([2.0, 4.0, 6.0], 3) == ["  █", " ██", "███"]


def test_little_beside_much_is_still_seen() -> None:
    assert bars([0.001, 1000.0], 2) == [" █", "▁█"]
