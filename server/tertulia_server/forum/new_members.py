"""What a member may not write yet: rules for the first posts of an account, against those who come to advertise."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from tertulia_server.errors import Refusal, Sentence
from tertulia_wire.codes import Code

_LINK: Final = re.compile(r"""<a\s[^>]*?href="(?:[a-z][a-z0-9+.-]*:)?//""", re.IGNORECASE)
_IMAGE: Final = re.compile(r"<img\s", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>")


class Fault(NamedTuple):
    """Why a text is refused to all who are new, and until which message one is that."""

    refusal: Refusal
    posts: int

    def check(self, messages: int) -> None:
        """Raise the refusal for somebody with so many messages, this one included."""
        if messages <= self.posts:
            raise self.refusal


@dataclass(frozen=True)
class NewMemberRules:
    """Who has written fewer than ``posts`` posts is new; 0 is nobody.

    ``max_links`` counts links that lead to other sites, and images. ``words`` are found whole, in any case.
    """

    posts: int = 0
    max_links: int = 2
    words: tuple[str, ...] = ()

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        keys = [re.escape(_folded(word)) for word in self.words if word.strip()]
        return re.compile(rf"(?<!\w)(?:{'|'.join(keys)})(?!\w)") if keys else None

    def find_fault(self, rendered: str, title: str = "") -> Fault | None:
        """What a new member could not post of this rendered text and title; None if nothing is wrong."""
        refusal = self._find_refusal(rendered, title) if self.posts else None
        return None if refusal is None else Fault(refusal, self.posts)

    def _find_refusal(self, rendered: str, title: str) -> Refusal | None:
        if len(_LINK.findall(rendered)) + len(_IMAGE.findall(rendered)) > self.max_links:
            words = "The first posts of a member hold at most %(most)s links. Take some out."
            return Refusal(Code.FORBIDDEN, Sentence(words, most=self.max_links))
        shown = _folded(f"{title} {html.unescape(_TAG.sub(' ', rendered))}")
        if self._pattern is not None and self._pattern.search(shown):
            return Refusal(Code.FORBIDDEN, "The first posts of a member may not hold some of these words.")
        return None


NO_RULES: Final = NewMemberRules()


def words_of(text: str) -> tuple[str, ...]:
    """The words of a setting: separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
