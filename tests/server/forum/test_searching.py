from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.errors import Refusal
from tertulia_server.forum.searching import EXCERPT_CHARS, MAX_TERMS, SearchWords, excerpt, fold, parse_search


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("lamp", [("lamp",)], []),
        ("old  lamp", [("old",), ("lamp",)], []),
        ('"old lamp" oil', [("old", "lamp"), ("oil",)], []),
        ("lamp -oil", [("lamp",)], [("oil",)]),
        ('lamp -"whale oil"', [("lamp",)], [("whale", "oil")]),
        ('"unclosed phrase', [("unclosed", "phrase")], []),
        ("e-mail", [("e", "mail")], []),
        ("ñandú* OR NEAR(x) 'a", [("ñandú",), ("OR",), ("NEAR", "x"), ("a",)], []),
    ],
)
def test_words_phrases_and_what_must_not_be_there(text: str, wanted: list[object], unwanted: list[object]) -> None:
    words = parse_search(text)
    assert list(words.wanted) == wanted
    assert list(words.unwanted) == unwanted


@pytest.mark.parametrize("text", ["", "   ", '""', "-lamp", "!?*", "a" * 201, " ".join("abcdefghijk")])
def test_search_for_nothing_or_for_too_much_is_refused(text: str) -> None:
    assert len("abcdefghijk") == MAX_TERMS + 1
    with pytest.raises(Refusal):
        parse_search(text)


def test_case_and_accents_do_not_tell_words_apart() -> None:
    assert fold("Ñandú") == fold("nandu") == "nandu"


def test_excerpt_shows_the_words_that_were_found() -> None:
    pieces = excerpt("We lit the old LAMP,\nand the lamp burned.", SearchWords((("lamp",),)))
    assert [piece.text for piece in pieces if piece.is_found] == ["LAMP", "lamp"]
    assert "".join(piece.text for piece in pieces) == "We lit the old LAMP, and the lamp burned."


def test_excerpt_of_a_long_text_begins_near_the_first_word_that_was_found() -> None:
    text = "before " * 100 + "the lamp " + "after " * 100
    whole = "".join(piece.text for piece in excerpt(text, SearchWords((("lamp",),))))
    assert whole.startswith("… before")
    assert "lamp" in whole
    assert whole.endswith("after …")
    assert len(whole) <= EXCERPT_CHARS + 4


@given(st.text(max_size=600), st.text(min_size=1, max_size=5))
def test_excerpt_is_a_part_of_the_text_whatever_it_is(text: str, word: str) -> None:
    line = " ".join(text.split())
    whole = "".join(piece.text for piece in excerpt(text, SearchWords(((word,),))))
    assert whole.removeprefix("… ").removesuffix(" …") in line or whole == line
    assert len(whole) <= EXCERPT_CHARS + 4
