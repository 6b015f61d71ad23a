from __future__ import annotations

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.forum.moderation import MAX_REASON_CHARS, check_reason


def test_reason_is_one_clean_line() -> None:
    assert check_reason(" sells\n shoes \u202e ") == "sells shoes"
    assert check_reason(" ", is_required=False) == ""


@pytest.mark.parametrize("reason", ["", " \n", "\u200b", "x" * (MAX_REASON_CHARS + 1)])
def test_reason_that_says_nothing_or_too_much_is_refused(reason: str) -> None:
    with pytest.raises(Refusal):
        check_reason(reason)
