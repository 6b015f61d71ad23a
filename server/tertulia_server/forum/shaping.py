"""How an administrator shapes the index: the names, places and rules of categories and forums, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.characters import clean, is_blank
from tertulia_server.forum.models import Audience
from tertulia_wire.codes import Code

MAX_FORUM_NAME_CHARS: Final = 200
MAX_DESCRIPTION_CHARS: Final = 1000
MAX_POSITION: Final = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class ForumChange:
    """What is to be changed of a forum; None leaves a thing as it is. Names have been checked."""

    name: str | None = None
    category: str | None = None
    description: str | None = None
    position: int | None = None
    audience: Audience | None = None
    posting: Audience | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChange:
    """The same of a category."""

    name: str | None = None
    position: int | None = None


def check_place_name(name: str) -> str:
    """The name of a forum or category in one line. `Refusal` with ``INVALID`` if it is none, or too long."""
    name = " ".join(clean(name).split())
    if is_blank(name) or len(name) > MAX_FORUM_NAME_CHARS:
        raise Refusal(
            Code.INVALID,
            Sentence("Forums and categories have names of 1 to %(most)s characters.", most=MAX_FORUM_NAME_CHARS),
        )
    return name


def check_description(description: str) -> str:
    """The line below a forum's name, which may be empty. `Refusal` with ``INVALID`` if it is too long."""
    description = " ".join(clean(description).split())
    if len(description) > MAX_DESCRIPTION_CHARS:
        raise Refusal(
            Code.INVALID, Sentence("A description has at most %(most)s characters.", most=MAX_DESCRIPTION_CHARS)
        )
    return description


def check_position(position: int) -> int:
    """A place in the order: smaller ones come first. `Refusal` with ``INVALID``."""
    if not 0 <= position <= MAX_POSITION:
        raise Refusal(Code.INVALID, Sentence("A place in the order is 0 to %(most)s.", most=MAX_POSITION))
    return position
