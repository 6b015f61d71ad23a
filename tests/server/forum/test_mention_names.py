from __future__ import annotations

import pytest

from tertulia_server.forum.mention_names import Mentioned, find_named, mentions_in, split_mentions

ADA, BO = Mentioned(1, "Ada"), Mentioned(3, "Ada Bo")
KNOWN = {"ada": ADA, "ada bo": BO}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ada", [("@Ada", ADA)]),
        ("so, @ADA!", [("@ADA", ADA)]),
        ("@Ada Bo and @Ada Bob", [("@Ada Bo", BO), ("@Ada", ADA)]),
        ("@Adam and mail@Ada", []),
        ("", []),
    ],
)
def test_places_of_known_members_are_told(text: str, found: list[tuple[str, Mentioned]]) -> None:
    assert [(text[start:end], mentioned) for start, end, mentioned in split_mentions(text, KNOWN)] == found


def test_longest_name_comes_first() -> None:
    ((start, names),) = mentions_in("say @Ada Bo")
    assert (start, names) == (4, ("Ada Bo", "Ada"))
    assert find_named(names, {"ada": 1, "ada bo": 2}) == 2
    assert find_named(names, {}) is None
