from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.forum import archive_lines
from tertulia_server.forum.archive_lines import ArchiveError, parse_counts, parse_day, read_lines
from tertulia_wire.codes import Code


@pytest.mark.parametrize(
    "content",
    [b"a\n  b\n", b"a\r\n  b\r\n", b"\xef\xbb\xbfa\n  b\n", b"a  \t\n  b\xc2\xa0\n", b"a\r  b\r"],
    ids=["plain", "crlf", "bom", "trailing blanks", "cr"],
)
def test_lines_of_any_editor_are_the_same(content: bytes) -> None:
    lines = read_lines("f", content)
    assert [(line.number, line.indent, line.raw.strip()) for line in lines] == [(1, 0, "a"), (2, 2, "b"), (3, 0, "")]
    assert lines[2].is_blank


@pytest.mark.parametrize(("raw", "indent"), [("\tx", 4), ("  \tx", 4), ("\u00a0 \u00a0 x", 4), ("\u200b  x", 2)])
def test_line_indent_counts_columns(raw: str, indent: int) -> None:
    assert read_lines("f", raw.encode())[0].indent == indent


def test_line_text_from_keeps_what_is_deeper() -> None:
    (line,) = read_lines("f", b"\t    deep  text")
    assert line.text_from(4) == "    deep  text"
    assert line.text_from(12) == "deep  text"


def test_line_words_have_single_plain_spaces() -> None:
    (line,) = read_lines("f", "  a \u00a0 b\tc ".encode())
    assert line.words == "a b c"


def test_line_too_long_for_any_form_has_no_words() -> None:
    (line,) = read_lines("f", b"x" * 1001)
    assert line.words == ""
    assert not line.is_blank


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"a\nb\xff\n", 2), (b"a\n\nb\x00", 3), (b"\x89PNG\r\n\x1a\n\x00\x00", 1), ("x".encode("utf-16"), 1)],
)
def test_lines_of_binary_are_refused_with_their_line(content: bytes, line: int) -> None:
    with pytest.raises(ArchiveError) as refused:
        read_lines("page.txt", content)
    assert (refused.value.file, refused.value.line) == ("page.txt", line)
    assert str(refused.value).startswith(f"page.txt:{line}: ")
    assert refused.value.code is Code.INVALID


def test_lines_of_a_huge_file_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_lines, "MAX_ARCHIVE_FILE_BYTES", 10)
    assert read_lines("f", b"x" * 10)
    with pytest.raises(ArchiveError) as refused:
        read_lines("f", b"x" * 11)
    assert str(refused.value) == "f: This file is larger than the limit of 10 bytes."


def test_lines_beyond_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_lines, "MAX_ARCHIVE_FILE_LINES", 3)
    assert read_lines("f", b"a\nb\nc")
    with pytest.raises(ArchiveError) as refused:
        read_lines("f", b"a\nb\nc\n")
    assert str(refused.value) == "f: This file has more lines than the limit of 3 lines."


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Oct 21, 2011", date(2011, 10, 21)),
        ("October 1, 2011", date(2011, 10, 1)),
        ("Sept. 9, 2009", date(2009, 9, 9)),
        ("May 5, 2010", date(2010, 5, 5)),
        ("Feb 29, 2012", date(2012, 2, 29)),
        ("Feb 29, 2011", None),
        ("Foo 1, 2011", None),
        ("Oct 0, 2011", None),
        ("Oct 21, 0000", None),
        ("21 Oct 2011", None),
        ("Yesterday", None),
        ("", None),
    ],
)
def test_parse_day(words: str, day: date | None) -> None:
    assert day == parse_day(words)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("+0 / 8,024 / -0", (0, 8024, 0)),
        ("+1,204 / 12,345 / -37", (1204, 12345, 37)),
        ("+0/178/-0", (0, 178, 0)),
        ("+2 / -5 / −1", (2, -5, 1)),
        ("+1.204 / 1’000 / -1 000", (1204, 1000, 1000)),
        ("+2147483647 / 0 / -0", (2**31 - 1, 0, 0)),
        ("+2147483648 / 0 / -0", None),
        ("+0 / 80,24 / -0", None),
        ("0 / 1 / 2", None),
        ("+0 / 1", None),
        ("", None),
    ],
)
def test_parse_counts(words: str, values: tuple[int, int, int] | None) -> None:
    counts = parse_counts(words)
    assert values == (counts and (counts.positive, counts.messages, counts.negative))
    assert counts is None or counts.written == words


@given(st.binary(max_size=300))
def test_lines_of_any_bytes_are_lines_or_an_error(content: bytes) -> None:
    try:
        lines = read_lines("f", content)
    except ArchiveError as error:
        assert error.line >= 1  # noqa: PT017 - either way is right
        return
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))


@given(st.text(max_size=60))
def test_forms_of_any_words_are_parsed_or_none(words: str) -> None:
    parse_day(words)
    parse_counts(words)
    parse_counts(f"+{words} / {words} / -{words}")
