"""Where something can be written, and the rule by which one of two drafts gives way."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_POST_CHARS, MAX_TITLE_CHARS

MAX_DRAFTS: Final = 50
"""Of one member; the one that was saved longest ago gives way to a new one."""

MAX_DRAFT_CHARS: Final = 2 * MAX_POST_CHARS
"""A text that is too long to be posted is kept all the same: it is there to be shortened."""

MAX_DRAFT_TITLE_CHARS: Final = 2 * MAX_TITLE_CHARS
DRAFT_DAYS: Final = 90
"""Without being saved again."""

DRAFT_MS: Final = DRAFT_DAYS * 24 * 60 * 60 * 1000


class PlaceKind(Enum):
    """What is written there."""

    THREAD = "thread"
    """A reply."""
    FORUM = "forum"
    """A new thread."""
    POST = "post"
    """Another text of a post."""


class Place(NamedTuple):
    """Where a draft belongs; ``str()`` gives ``thread:17``, ``forum:3`` or ``post:431``."""

    kind: PlaceKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


_PLACE: Final = re.compile(r"(thread|forum|post):([1-9][0-9]{0,17})", re.ASCII)


def parse_place(text: str) -> Place:
    """The place that ``str()`` gave; `Refusal` with ``INVALID`` for anything else."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise Refusal(Code.INVALID, "A draft belongs to thread:N, forum:N or post:N.")
    return Place(PlaceKind(match[1]), int(match[2]))


def wins(changed_ms: int, other_changed_ms: int) -> bool:
    """Whether a draft that was written in at ``changed_ms`` takes the place of another: the newer one does."""
    return changed_ms >= other_changed_ms
