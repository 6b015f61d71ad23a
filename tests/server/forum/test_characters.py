from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.forum.characters import clean, is_blank


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\x00\x07b\tc\x1b[31m", "ab\tc[31m"),
        ("e\u0301", "é"),
        ("\ufeffstart", "start"),
        ("a\u202eb\u202c\u2066c\u2069", "abc"),
        ("a\u200b\u200b\u200b\u200bb", "a\u200bb"),
        ("\ud800x\udfff", "x"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_clean_keeps_what_people_write(text: str, cleaned: str) -> None:
    assert cleaned == clean(text)


def test_clean_lowers_stacks_of_marks() -> None:
    assert clean("z" + "\u0335" * 400 + "a") == "z" + "\u0335" * 6 + "a"


@given(st.text(st.characters(), max_size=200))
def test_clean_of_anything_is_utf8_and_has_no_controls(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u200d", "\u3164\u2800", "\u00ad", "\u0301"])
def test_is_blank_of_the_invisible(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", " . ", "👍", "\u200bx", "語", "1"])
def test_is_blank_of_anything_visible_is_false(text: str) -> None:
    assert not is_blank(text)
