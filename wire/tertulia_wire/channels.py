"""Channel names: what one subscribes to, one audience each."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_SEQ


class ChannelKind(Enum):
    """The word before the colon."""

    THREAD = "thread"
    FORUM = "forum"
    MEMBER = "member"
    SITE = "site"
    MODERATION = "moderation"


class Channel(NamedTuple):
    """A parsed channel name; ``str()`` gives the name back. ``id`` is 0 for `site` and `moderation`."""

    kind: ChannelKind
    id: int

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}" if self.id else self.kind.value


_SINGLE = frozenset({ChannelKind.SITE.value, ChannelKind.MODERATION.value})
_NAME = re.compile(r"(thread|forum|member):([1-9][0-9]{0,15})", re.ASCII)


def parse_channel(name: str) -> Channel:
    """``thread:17`` and the like; `WireError` with ``UNKNOWN_CHANNEL`` for anything else."""
    if name in _SINGLE:
        return Channel(ChannelKind(name), 0)
    match = _NAME.fullmatch(name)
    if match is None or int(match[2]) > MAX_SEQ:
        raise WireError(Code.UNKNOWN_CHANNEL, "A channel is thread:N, forum:N, member:N, site or moderation.")
    return Channel(ChannelKind(match[1]), int(match[2]))


def thread_channel(thread_id: int) -> str:
    """The posts of a thread, and what becomes of it."""
    return f"thread:{thread_id}"


def forum_channel(forum_id: int) -> str:
    """The threads and posts of a forum."""
    return f"forum:{forum_id}"


def member_channel(member_id: int) -> str:
    """What only this member is told."""
    return f"member:{member_id}"


SITE_CHANNEL = "site"
MODERATION_CHANNEL = "moderation"
