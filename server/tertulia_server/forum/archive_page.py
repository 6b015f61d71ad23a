"""One archived thread page, read from its text.

The layout, as a text browser saves a thread of a XenForo forum::

    ∙ Monday, March 30, 2020                      the day of saving; may be missing

    The title
                                                  blank lines mean nothing until a post's text begins
    Discussion in 'Forum' started by Name, Oct 21, 2011.

      1. Name                                     a post's head, indented less than what follows

        Name RANK                                 the card: name and rank,

        Aug 9, 2009                               day of joining,
        +0 / 8,024 / -0                           ratings and messages
        Text, with blank lines between paragraphs.

A line is a head only if the card of that name follows; so a numbered list in a post stays text. What stands
further left than a post's text and is no head belongs to no post: it is kept aside and reported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from tertulia_server.forum.archive_lines import ArchiveError, Counts, Line, parse_counts, parse_day, read_lines
from tertulia_server.forum.characters import clean, is_blank
from tertulia_server.forum.names import MAX_STORED_NAME_CHARS
from tertulia_wire.limits import MAX_TITLE_CHARS

MAX_ARCHIVED_POST_CHARS: Final = 50_000
"""More than a member may write here (other forums had other limits), and still well within a message of the wire."""

MAX_HEAD_INDENT: Final = 3
MAX_FORUM_NAME_CHARS: Final = 200
MAX_RANK_CHARS: Final = 64
MAX_STRAY_LINES: Final = 1_000
MAX_STRAY_CHARS: Final = 200
_NEVER: Final = -2

_DISCUSSION: Final = re.compile(
    r"Discussion in '(?P<forum>.+)' started by (?P<starter>.+), (?P<day>\w+\.? \d+, \d+)\.?"
)
_SAVED: Final = re.compile(r"\W*(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?P<day>\w+ \d+, \d+)")
_HEAD: Final = re.compile(r"(?P<number>\d{1,9})\. (?P<name>.+)")


@dataclass(frozen=True, slots=True)
class ArchivedCard:
    """A card as one post shows it. ``rank`` is as written, empty if there is none."""

    name: str
    rank: str
    joined: date
    counts: Counts
    line: int


@dataclass(frozen=True, slots=True)
class ArchivedPost:
    """``text`` is literal: paragraphs with blank lines between them; it may be empty. ``line`` is the head's."""

    number: int
    card: ArchivedCard
    text: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class StrayLine:
    """A line that belongs nowhere; ``reason`` says why."""

    file: str
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """One file. ``line`` is that of the sentence that names forum and starter."""

    file: str
    line: int
    forum: str
    title: str
    starter: str
    started: date
    posts: tuple[ArchivedPost, ...]
    stray_lines: tuple[StrayLine, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Head:
    """A post's head and card, and the index of the first line of its text."""

    number: int
    card: ArchivedCard
    line: int
    text_index: int
    text_indent: int


def parse_page(file: str, content: bytes) -> ArchivedPage:
    """Read one file. Raises `ArchiveError`, with the line, for whatever is not of the layout above."""
    return _PageReader(file, read_lines(file, content)).read()


class _PageReader:
    """Walks once through the lines of one file."""

    def __init__(self, file: str, lines: Sequence[Line]) -> None:
        self._file = file
        self._lines = lines
        self._stray: list[StrayLine] = []
        self._notes: list[str] = []
        self._posts: list[ArchivedPost] = []

    def read(self) -> ArchivedPage:
        at = self._find_discussion()
        title_index = self._find_title(at)
        self._put_aside_before(title_index)
        discussion = self._lines[at]
        forum, starter, started = self._parse_discussion(discussion)
        title = self._short_text(self._lines[title_index], MAX_TITLE_CHARS, "title")
        self._read_posts(at + 1)
        if not self._posts:
            raise self._error(self._lines[-1], "There is no post in this file, such as '1. NAME' with a card below.")
        return ArchivedPage(
            file=self._file,
            line=discussion.number,
            forum=forum,
            title=title,
            starter=starter,
            started=started,
            posts=tuple(self._posts),
            stray_lines=tuple(self._stray),
            notes=tuple(self._notes),
        )

    def _find_discussion(self) -> int:
        for index, line in enumerate(self._lines):
            if _DISCUSSION.fullmatch(line.words):
                return index
            if line.words.startswith("Discussion in '"):
                raise self._error(line, "Expected: Discussion in 'FORUM' started by NAME, Oct 21, 2011.")
            if index > 0 and self._head_at(index, after=_NEVER) is not None:
                break
        raise self._error(
            self._lines[0], "Before the posts there is no line: Discussion in 'FORUM' started by NAME, Oct 21, 2011."
        )

    def _find_title(self, discussion_index: int) -> int:
        for index in range(discussion_index - 1, -1, -1):
            line = self._lines[index]
            if not line.is_blank and not _is_saved_day(line.words):
                return index
        raise self._error(self._lines[discussion_index], "Above this line the title is missing.")

    def _put_aside_before(self, title_index: int) -> None:
        for line in self._lines[:title_index]:
            if not line.is_blank and not _is_saved_day(line.words):
                self._put_aside(line, "stands above the title")

    def _parse_discussion(self, line: Line) -> tuple[str, str, date]:
        match = _DISCUSSION.fullmatch(line.words)
        started = parse_day(match["day"]) if match else None
        if match is None or started is None:
            raise self._error(line, "The day on which the thread was started is none; expected one like Oct 21, 2011.")
        forum = clean(match["forum"])
        if is_blank(forum) or len(forum) > MAX_FORUM_NAME_CHARS:
            raise self._error(line, f"The name of the forum needs 1 to {MAX_FORUM_NAME_CHARS} characters.")
        return forum, self._name(match["starter"], line), started

    def _short_text(self, line: Line, limit_chars: int, what: str) -> str:
        text = clean(line.words)
        if is_blank(text) or len(text) > limit_chars:
            raise self._error(line, f"The {what} needs 1 to {limit_chars} characters.")
        return text

    def _name(self, written: str, line: Line) -> str:
        name = clean(written)
        if is_blank(name) or len(name) > MAX_STORED_NAME_CHARS:
            raise self._error(line, f"The name of a member needs 1 to {MAX_STORED_NAME_CHARS} characters.")
        return name

    def _read_posts(self, start: int) -> None:
        head: _Head | None = None
        text: list[str] = []
        index = start
        while index < len(self._lines):
            line = self._lines[index]
            next_head = self._head_at(index, after=head.number if head else None)
            if next_head is not None:
                self._end_post(head, text)
                self._check_number(next_head, head)
                head, text, index = next_head, [], next_head.text_index
                continue
            self._take_text(line, head, text, index)
            index += 1
        self._end_post(head, text)

    def _take_text(self, line: Line, head: _Head | None, text: list[str], index: int) -> None:
        if line.is_blank:
            text.append("")
        elif head is None:
            self._check_no_card_follows(index)
            self._put_aside(line, "stands before the first post")
        elif line.indent < head.text_indent and line.indent <= MAX_HEAD_INDENT:
            self._check_no_card_follows(index)
            self._put_aside(line, f"stands further left than the text of post {head.number}")
        else:
            self._note_card_in_text(index, head)
            text.append(line.text_from(head.text_indent))

    def _note_card_in_text(self, index: int, head: _Head) -> None:
        is_card = index > head.text_index + 1 and parse_counts(self._lines[index].words)
        if is_card and parse_day(self._lines[index - 1].words):
            place = f"{self._file}:{self._lines[index].number}"
            self._notes.append(f"{place}: this looks like a card, but has no number; it is text of post {head.number}.")

    def _check_no_card_follows(self, index: int) -> None:
        """A damaged head is an error: without it, the card and text below would become another member's words."""
        below = [line for line in self._lines[index + 1 : index + 8] if not line.is_blank][:3]
        if any(parse_day(one.words) and parse_counts(two.words) for one, two in pairwise(below)):
            raise self._error(self._lines[index], "A card follows, but here is no head of a post, such as '2. NAME'.")

    def _check_number(self, head: _Head, previous: _Head | None) -> None:
        if previous is not None and head.number != previous.number + 1:
            raise ArchiveError(
                self._file, head.line, f"Post number {head.number} follows post number {previous.number}."
            )
        if head.number < 1:
            raise ArchiveError(self._file, head.line, "Posts are numbered from 1.")

    def _end_post(self, head: _Head | None, text: list[str]) -> None:
        if head is None:
            return
        whole = clean("\n".join(text)).strip("\n")
        if len(whole) > MAX_ARCHIVED_POST_CHARS:
            sentence = f"The text of post {head.number} is longer than {MAX_ARCHIVED_POST_CHARS:,} characters."
            raise ArchiveError(self._file, head.line, sentence)
        self._posts.append(ArchivedPost(head.number, head.card, whole, self._file, head.line))

    def _head_at(self, index: int, after: int | None) -> _Head | None:
        """The head that begins here; None if this line is none. Raises for a head whose card is damaged.

        A line with the number after ``after`` (any, if that is None) is a head even where no card follows.
        """
        line = self._lines[index]
        match = _HEAD.fullmatch(line.words) if line.indent <= MAX_HEAD_INDENT else None
        if match is None:
            return None
        below = [i for i in range(index + 1, min(index + 12, len(self._lines))) if not self._lines[i].is_blank][:3]
        cards = [self._lines[i] for i in below]
        number, name = int(match["number"]), match["name"]
        if not cards or cards[0].indent <= line.indent or not _is_card_of(name, cards[0].words):
            if after is None or number == after + 1 or _has_day_and_counts(cards):
                raise self._error(cards[0] if cards else line, f"Expected the card of post {number}: '{name} RANK'.")
            return None
        return self._read_head(line, number, name, cards, below)

    def _read_head(self, line: Line, number: int, name: str, cards: list[Line], below: list[int]) -> _Head:
        joined = parse_day(cards[1].words) if len(cards) > 1 else None
        if joined is None:
            place = cards[1] if len(cards) > 1 else cards[0]
            raise self._error(place, f"Expected the day on which '{name}' joined, such as Aug 9, 2009.")
        counts = parse_counts(cards[2].words) if len(cards) > 2 else None
        if counts is None:
            place = cards[2] if len(cards) > 2 else cards[1]
            raise self._error(place, f"Expected the counts of '{name}', such as +0 / 178 / -0.")
        rank = clean(cards[0].words[len(name) :].strip())
        if len(rank) > MAX_RANK_CHARS:
            raise self._error(cards[0], f"The rank of a member has at most {MAX_RANK_CHARS} characters.")
        card = ArchivedCard(self._name(name, line), rank, joined, counts, cards[0].number)
        return _Head(number, card, line.number, below[2] + 1, cards[0].indent)

    def _put_aside(self, line: Line, reason: str) -> None:
        if len(self._stray) == MAX_STRAY_LINES:
            sentence = f"More than {MAX_STRAY_LINES:,} lines belong to no post; this is hardly a page of a thread."
            raise self._error(line, sentence)
        self._stray.append(StrayLine(self._file, line.number, clean(line.raw).strip()[:MAX_STRAY_CHARS], reason))

    def _error(self, line: Line, sentence: str) -> ArchiveError:
        return ArchiveError(self._file, line.number, sentence)


def _is_saved_day(words: str) -> bool:
    match = _SAVED.fullmatch(words)
    return match is not None and parse_day(match["day"]) is not None


def _is_card_of(name: str, words: str) -> bool:
    return words == name or words.startswith(f"{name} ")


def _has_day_and_counts(cards: Sequence[Line]) -> bool:
    days = [line for line in cards if parse_day(line.words)]
    counts = [line for line in cards if parse_counts(line.words)]
    return bool(days and counts)
