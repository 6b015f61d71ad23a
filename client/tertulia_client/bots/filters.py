"""Which events a handler wants beyond their type. All of it is decided here: the server sends a channel whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from tertulia_client.events import Event, MemberChanged, PostEvent, Reset

Predicate = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty parts let everything through.

    ``channels``: names or patterns such as ``forum:*``. ``author``: a name, or the id of a member. ``text``: words that
    must be in the post, whatever their case, or a compiled pattern. ``where``: a function of the event.
    """

    channels: tuple[str, ...] = ()
    author: str | int | None = None
    text: str | re.Pattern[str] | None = None
    where: Predicate | None = None

    def takes(self, event: Event | Reset) -> bool:
        if self.channels and not any(fnmatchcase(event.channel, pattern) for pattern in self.channels):
            return False
        if self.author is not None and not self._is_by_author(event):
            return False
        if self.text is not None and not self._has_text(event):
            return False
        return self.where is None or bool(self.where(event))

    def _is_by_author(self, event: Event | Reset) -> bool:
        if isinstance(event, PostEvent):
            who = event.author
        elif isinstance(event, MemberChanged):
            who = event.member
        else:
            return False
        if isinstance(self.author, int):
            return who.id == self.author
        return who.name.casefold() == str(self.author).casefold()

    def _has_text(self, event: Event | Reset) -> bool:
        if not isinstance(event, PostEvent):
            return False
        if isinstance(self.text, re.Pattern):
            return self.text.search(event.text) is not None
        return str(self.text).casefold() in event.text.casefold()


EVERYTHING: Final = Filter()


def filter_of(
    channels: str | Sequence[str] | None,
    author: str | int | None,
    text: str | re.Pattern[str] | None,
    where: Predicate | None,
) -> Filter:
    """As given to ``@bot.on(...)``: one channel or several."""
    names = (channels,) if isinstance(channels, str) else tuple(channels or ())
    if not names and author is None and text is None and where is None:
        return EVERYTHING
    return Filter(names, author, text, where)
