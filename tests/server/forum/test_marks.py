from __future__ import annotations

from tertulia_server.forum.marks import Mark


def test_mark_is_found_by_its_word_and_by_nothing_else() -> None:
    assert [Mark.of(mark.word) for mark in Mark] == list(Mark)
    assert [mark.word for mark in Mark] == ["positive", "none", "negative"]
    assert Mark.of("1") is None
