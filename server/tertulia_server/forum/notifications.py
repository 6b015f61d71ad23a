"""Why a member is told of a post, and what of that they want to be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class NotificationKind(Enum):
    """From the most to the least personal: of several reasons for one post, the first that is wanted is told."""

    MENTION = "mention"
    QUOTE = "quote"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class NotificationChoices:
    """What a member wants: to be told of these, and to watch each thread in which they post."""

    mention: bool = True
    quote: bool = True
    reply: bool = True
    watch_on_reply: bool = True

    def wants(self, kind: NotificationKind) -> bool:
        return {
            NotificationKind.MENTION: self.mention,
            NotificationKind.QUOTE: self.quote,
            NotificationKind.REPLY: self.reply,
        }[kind]

    def first_wanted(self, kinds: set[NotificationKind]) -> NotificationKind | None:
        """The most personal of these reasons that is wanted; None if none is."""
        return next((kind for kind in NotificationKind if kind in kinds and self.wants(kind)), None)


ALL_WANTED = NotificationChoices()
