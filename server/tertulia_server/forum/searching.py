"""What somebody looks for, read out of what they typed, and the piece of a post that shows it.

Words are all wanted; ``"words in quotes"`` stand together; ``-word`` must not be there. Letter case and accents do not
tell words apart. The engines of the store find the posts; the excerpt is cut here, the same for all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tertulia_server.errors import Refusal, Sentence
from tertulia_wire.codes import Code

MAX_SEARCH_CHARS: Final = 200
MAX_TERMS: Final = 10

EXCERPT_CHARS: Final = 240
_LEAD_CHARS: Final = 60
"""How much of an excerpt stands before the first word that was found."""

_TERM: Final = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_WORD: Final = re.compile(r"[^\W_]+")

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchWords:
    """Phrases of one or more words, letters and digits only: those that must be there, and those that must not."""

    wanted: tuple[Phrase, ...]
    unwanted: tuple[Phrase, ...] = ()


class Piece(NamedTuple):
    """A part of an excerpt; ``is_found`` marks what was looked for."""

    text: str
    is_found: bool


def parse_search(text: str) -> SearchWords:
    """What was typed. `Refusal` with ``INVALID`` if nothing is wanted, or too much."""
    if len(text) > MAX_SEARCH_CHARS:
        raise Refusal(Code.INVALID, Sentence("A search has at most %(most)s characters.", most=MAX_SEARCH_CHARS))
    wanted: list[Phrase] = []
    unwanted: list[Phrase] = []
    for minus, quoted, plain in _TERM.findall(text):
        phrase = tuple(_WORD.findall(quoted or plain))
        if phrase:
            (unwanted if minus else wanted).append(phrase)
    if not wanted:
        raise Refusal(Code.INVALID, "Type a word or two to look for.")
    if len(wanted) + len(unwanted) > MAX_TERMS:
        raise Refusal(Code.INVALID, Sentence("A search has at most %(most)s words or phrases.", most=MAX_TERMS))
    return SearchWords(tuple(wanted), tuple(unwanted))


def fold(word: str) -> str:
    """A word without case and accents."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def excerpt(text: str, words: SearchWords) -> list[Piece]:
    """At most `EXCERPT_CHARS` of a text around the first word that was found, on one line. Plain text: escape it."""
    text = " ".join(text[:MAX_EXCERPT_SOURCE_CHARS].split())
    wanted = {fold(word) for phrase in words.wanted for word in phrase}
    found = [match.span() for match in _WORD.finditer(text) if fold(match[0]) in wanted]
    start = _start_of_excerpt(text, found[0][0] if found else 0)
    end = _end_of_excerpt(text, start + EXCERPT_CHARS)
    pieces = list(_cut(text, start, end, found))
    if start > 0:
        pieces.insert(0, Piece("… ", is_found=False))
    if end < len(text):
        pieces.append(Piece(" …", is_found=False))
    return pieces


def _start_of_excerpt(text: str, first_found: int) -> int:
    start = max(0, first_found - _LEAD_CHARS)
    return 0 if start == 0 else text.find(" ", start, first_found) + 1 or first_found


def _end_of_excerpt(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    cut = text.rfind(" ", end - 40, end)
    return end if cut < 0 else cut


def _cut(text: str, start: int, end: int, found: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    done = start
    for first, after in found:
        if first < done or after > end:
            continue
        if first > done:
            yield Piece(text[done:first], is_found=False)
        yield Piece(text[first:after], is_found=True)
        done = after
    if done < end:
        yield Piece(text[done:end], is_found=False)


MAX_EXCERPT_SOURCE_CHARS: Final = 20_000
"""How much of a post is looked through for an excerpt; those that are written here are not longer."""
