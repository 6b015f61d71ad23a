from __future__ import annotations

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.forum.drafts import Place, PlaceKind, parse_place, wins


@pytest.mark.parametrize("text", ["thread:17", "forum:3", "post:431"])
def test_place_is_read_as_it_is_written(text: str) -> None:
    assert str(parse_place(text)) == text
    assert parse_place("thread:17") == Place(PlaceKind.THREAD, 17)


@pytest.mark.parametrize("text", ["", "thread:", "thread:0", "member:1", "thread:17 ", "thread:1234567890123456789"])
def test_anything_else_is_no_place(text: str) -> None:
    with pytest.raises(Refusal):
        parse_place(text)


def test_the_newer_draft_wins() -> None:
    assert wins(2, 1)
    assert wins(1, 1)
    assert not wins(1, 2)
