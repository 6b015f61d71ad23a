from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.plain import plain_text
from tertulia_server.forum.text import render_post


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**bold** and `code`, [there](https://example.org/)", "bold and code, there"),
        ("- one\n- [x] two\n\n> three", "one ☑ two three"),
        ("| a | b |\n|---|---|\n| 1 | <b> |", "a b 1 <b>"),
        ("# Title\nline\nnext", "Title line next"),
    ],
)
def test_words_are_left_and_marks_are_gone(text: str, words: str) -> None:
    assert " ".join(plain_text(render_post(text, TextFormat.MARKDOWN)).split()) == words


@given(st.text(alphabet="ab<>&;\"' \n", max_size=60))
def test_literal_text_comes_back(text: str) -> None:
    assert plain_text(render_post(text, TextFormat.LITERAL)).split() == text.split()
