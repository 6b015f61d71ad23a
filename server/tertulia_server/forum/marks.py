"""The mark that one member gives another's post."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

Word = Literal["positive", "none", "negative"]


class Mark(Enum):
    """What a member thinks of another's post; the value is what the store keeps."""

    POSITIVE = 1
    NONE = 0
    NEGATIVE = -1

    @property
    def word(self) -> Word:
        """As forms and the API say it."""
        return _WORDS[self.value]

    @classmethod
    def of(cls, word: str) -> Mark | None:
        """The mark that is called so."""
        return next((mark for mark in cls if mark.word == word), None)


_WORDS: Final[dict[int, Word]] = {1: "positive", 0: "none", -1: "negative"}
