"""Names after an ``@`` in a piece of plain text: names may have spaces, so each ``@`` could mean several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

from tertulia_server.forum.names import MAX_NAME_CHARS, MIN_NAME_CHARS, name_key

_MAX_NAMES_PER_MENTION: Final = 8
_MENTION: Final = re.compile(r"(?<![\w@/.-])@(?=\w)")
_NAME_END: Final = re.compile(r"(?<=\S)(?!\w)")

T = TypeVar("T")


class Mentioned(NamedTuple):
    """A member whom a text names."""

    member_id: int
    name: str


Known = Mapping[str, Mentioned]
"""Members by the key of their name."""


def mentions_in(content: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The same of one piece of plain text, each with the place of its ``@``."""
    for match in _MENTION.finditer(content):
        names = _possible_names(content[match.end() :])
        if names:
            yield match.start(), names


def find_named(names: Iterable[str], by_key: Mapping[str, T]) -> T | None:
    """The first of the names that somebody has."""
    return next((by_key[key] for name in names if (key := name_key(name)) in by_key), None)


def split_mentions(content: str, known: Known) -> Iterator[tuple[int, int, Mentioned]]:
    """Where known members are mentioned in a piece of plain text: from the ``@`` to the end of the name."""
    done = 0
    for start, names in mentions_in(content):
        name = next((name for name in names if name_key(name) in known), None)
        if name is not None and start >= done:
            done = start + 1 + len(name)
            yield start, done, known[name_key(name)]


def _possible_names(rest: str) -> tuple[str, ...]:
    """What begins here and could be a name: a name ends where a letter or digit is not followed by another."""
    line = rest[: MAX_NAME_CHARS + 1].partition("\n")[0]
    ends = [match.start() for match in _NAME_END.finditer(line) if MIN_NAME_CHARS <= match.start() <= MAX_NAME_CHARS]
    return tuple(line[:end] for end in reversed(ends[:_MAX_NAMES_PER_MENTION]))
