from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.forum.differences import MAX_COMPARISONS, Change, compare

KEPT, REMOVED, ADDED = Change.KEPT, Change.REMOVED, Change.ADDED


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("same", "same", [(KEPT, "same")]),
        ("I bring bread.", "I bring wine.", [(KEPT, "I bring "), (REMOVED, "bread"), (ADDED, "wine"), (KEPT, ".")]),
        ("one\ntwo\n", "one\nand\ntwo\n", [(KEPT, "one\n"), (ADDED, "and\n"), (KEPT, "two\n")]),
        ("a\nb\nc", "a\nc", [(KEPT, "a\n"), (REMOVED, "b\n"), (KEPT, "c")]),
        ("a red cat", "a blue dog", [(KEPT, "a "), (REMOVED, "red cat"), (ADDED, "blue dog")]),
        ("\n\n", "a\n\n", [(ADDED, "a"), (KEPT, "\n\n")]),
        ("", "new", [(ADDED, "new")]),
        ("old", "", [(REMOVED, "old")]),
        ("", "", []),
    ],
)
def test_changes_are_told_by_words(old: str, new: str, pieces: list[tuple[Change, str]]) -> None:
    assert compare(old, new) == pieces


@given(st.text("ab \n.", max_size=60), st.text("ab \n.", max_size=60))
def test_pieces_make_up_both_texts(old: str, new: str) -> None:
    pieces = compare(old, new)
    assert "".join(piece.text for piece in pieces if piece.change is not ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.change is not REMOVED) == new
    assert all(one.change is not other.change for one, other in pairwise(pieces))


def test_texts_too_long_to_compare_are_told_as_replaced() -> None:
    side = int(MAX_COMPARISONS**0.5) + 1
    old, new = "x " * side + "end", "y " * side + "end"
    assert [piece.change for piece in compare(old, new)] == [REMOVED, ADDED, KEPT]
