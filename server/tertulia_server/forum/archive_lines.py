"""The lines of an archived thread page: reading them from bytes, and the forms that some of them have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code

MAX_ARCHIVE_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_ARCHIVE_FILE_LINES: Final = 500_000
TAB_COLUMNS: Final = 4
MAX_FORM_CHARS: Final = 1_000
"""No line that has a form is longer: what is, is text, and is not even compared."""

MAX_COUNT: Final = 2**31 - 1

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_LINE_END: Final = re.compile("\r\n?|\n")
_BLANKS: Final = " \t\u00a0\u2007\u202f\u3000\u200b\ufeff"
_SPACES: Final = re.compile(f"[{_BLANKS}]+")
_DAY: Final = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}), (\d{4})")
_NUMBER: Final = r"[-−]?(?:\d{1,3}(?:[,.’' ]\d{3})+|\d{1,15})"
_COUNTS: Final = re.compile(rf"\+ ?({_NUMBER}) ?/ ?({_NUMBER}) ?/ ?[-−–] ?({_NUMBER})")


class ArchiveError(Refusal):
    """A file cannot be imported. ``line`` counts from 1; 0 means the file as a whole."""

    def __init__(self, file: str, line: int, sentence: str) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(Code.INVALID, f"{place}: {sentence}")
        self.file = file
        self.line = line
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end and without blanks at its end; ``indent`` in columns, tabs and hard spaces counted."""

    number: int
    indent: int
    raw: str

    @property
    def words(self) -> str:
        """The line with single plain spaces only, empty if it is too long for any form: to recognise, not to keep."""
        if len(self.raw) > MAX_FORM_CHARS:
            return ""
        return _SPACES.sub(" ", self.raw).strip()

    @property
    def is_blank(self) -> bool:
        return not self.raw

    def text_from(self, column: int) -> str:
        """The line's text without its first columns of indentation."""
        return " " * max(0, self.indent - column) + self.raw.lstrip(_BLANKS)


@dataclass(frozen=True, slots=True)
class Counts:
    """``+positive / messages / -negative`` of a card; ``written`` is as the file has it."""

    positive: int
    messages: int
    negative: int
    written: str


def read_lines(file: str, content: bytes) -> Sequence[Line]:
    """Decode a file into lines. Raises `ArchiveError` for what is too large, no UTF-8, or no text."""
    if len(content) > MAX_ARCHIVE_FILE_BYTES:
        raise ArchiveError(file, 0, f"This file is larger than the limit of {MAX_ARCHIVE_FILE_BYTES:,} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ArchiveError(file, line, f"This is no UTF-8 text (byte {error.start:,} of the file).") from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ArchiveError(file, line, "This is no text: it holds a NUL character.")
    lines = _LINE_END.split(text)
    if len(lines) > MAX_ARCHIVE_FILE_LINES:
        raise ArchiveError(file, 0, f"This file has more lines than the limit of {MAX_ARCHIVE_FILE_LINES:,} lines.")
    return [_to_line(number, raw) for number, raw in enumerate(lines, 1)]


def parse_day(words: str) -> date | None:
    """The day of ``Oct 21, 2011`` or ``October 21, 2011``; None if this is no day."""
    match = _DAY.fullmatch(words)
    if match is None:
        return None
    month = match[1].lower()
    if month[:3] not in MONTHS:
        return None
    try:
        return date(int(match[3]), MONTHS.index(month[:3]) + 1, int(match[2]))
    except ValueError:
        return None


def parse_counts(words: str) -> Counts | None:
    """The counts of ``+0 / 8,024 / -0``; None if these are no counts, or larger than the database holds."""
    match = _COUNTS.fullmatch(words)
    if match is None:
        return None
    positive, messages, negative = (_to_int(part) for part in match.groups())
    if max(abs(positive), abs(messages), abs(negative)) > MAX_COUNT:
        return None
    return Counts(positive, messages, negative, words)


def _to_int(written: str) -> int:
    digits = int("".join(character for character in written if character.isdecimal()))
    return -digits if written[0] in "-−" else digits


def _to_line(number: int, raw: str) -> Line:
    raw = raw.rstrip(_BLANKS)
    indent = 0
    for character in raw:
        if character not in _BLANKS:
            break
        if character == "\t":
            indent += TAB_COLUMNS - indent % TAB_COLUMNS
        elif character not in "\u200b\ufeff":
            indent += 1
    return Line(number, indent, raw)
