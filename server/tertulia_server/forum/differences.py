"""What an edit changed in a text: by lines, and within changed lines by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import Final, NamedTuple

MAX_COMPARISONS: Final = 250_000
"""Lines or words of the one text times those of the other. Beyond it the whole stretch counts as replaced: finding what
is common takes a time that grows faster than this, and no reader gains by it."""

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")


class Change(Enum):
    """What became of a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class Piece(NamedTuple):
    """A stretch of text. All kept and removed ones together are the old text, all kept and added ones the new."""

    change: Change
    text: str


def compare(old: str, new: str) -> list[Piece]:
    """From the old text to the new one, in order; neighbours are of different kinds."""
    pieces: list[Piece] = []
    for kind, before, after in _compare(old.splitlines(keepends=True), new.splitlines(keepends=True)):
        if kind is Change.KEPT:
            pieces.append(Piece(kind, before))
        else:
            pieces.extend(_compare_words(before, after))
    return list(_joined(pieces))


def _compare_words(old: str, new: str) -> Iterator[Piece]:
    for kind, before, after in _compare(_WORDS.findall(old), _WORDS.findall(new)):
        if kind is Change.KEPT:
            yield Piece(kind, before)
        else:
            yield from (Piece(Change.REMOVED, before), Piece(Change.ADDED, after))


def _compare(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Change, str, str]]:
    """Stretches that are the same (``KEPT``), and what stands in the one and in the other between them."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    yield Change.KEPT, "".join(old[:start]), ""
    yield from _compare_middles(old[start : len(old) - end], new[start : len(new) - end])
    yield Change.KEPT, "".join(old[len(old) - end :]), ""


def _compare_middles(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Change, str, str]]:
    if len(old) * len(new) > MAX_COMPARISONS:
        yield Change.REMOVED, "".join(old), "".join(new)
        return
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=True).get_opcodes():
        yield Change.KEPT if tag == "equal" else Change.REMOVED, "".join(old[i:j]), "".join(new[k:m])


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one; within a changed stretch what went comes before what came."""
    kept, removed, added = "", "", ""
    for change, text in pieces:
        is_kept = change is Change.KEPT
        if is_kept and text.isspace() and "\n" not in text and removed and added:
            removed, added = removed + text, added + text  # "two words" replaced is read better as one change
        elif is_kept and text:
            yield from _changed(removed, added)
            kept, removed, added = kept + text, "", ""
        elif text:
            yield from _kept(kept)
            kept = ""
            removed, added = (removed + text, added) if change is Change.REMOVED else (removed, added + text)
    yield from _kept(kept)
    yield from _changed(removed, added)


def _kept(text: str) -> Iterator[Piece]:
    if text:
        yield Piece(Change.KEPT, text)


def _changed(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece(Change.REMOVED, removed)
    if added:
        yield Piece(Change.ADDED, added)
