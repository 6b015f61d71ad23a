from __future__ import annotations

from collections.abc import Callable

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.forum.shaping import MAX_POSITION, check_description, check_place_name, check_position
from tertulia_wire.codes import Code


def test_names_and_descriptions_become_one_line() -> None:
    assert check_place_name("  Tea \n room ") == "Tea room"
    assert check_description(" All  and sundry ") == "All and sundry"
    assert check_description("") == ""
    assert check_position(MAX_POSITION) == MAX_POSITION


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (check_place_name, ""),
        (check_place_name, " \u200b "),
        (check_place_name, "x" * 201),
        (check_description, "x" * 1001),
        (check_position, -1),
        (check_position, MAX_POSITION + 1),
    ],
)
def test_what_cannot_be_is_refused(check: Callable[[object], object], value: object) -> None:
    with pytest.raises(Refusal) as refused:
        check(value)
    assert refused.value.code is Code.INVALID
