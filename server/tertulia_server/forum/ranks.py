"""The words under a member's name: a ladder by messages, unless a hand set them."""

from __future__ import annotations

from typing import Final

BANNED_RANK: Final = "BANNED"

LADDER: Final[tuple[tuple[int, str], ...]] = (
    (5_000, "ELITE MEMBER"),
    (1_000, "SENIOR MEMBER"),
    (100, "FULL MEMBER"),
    (10, "MEMBER"),
    (0, "NEW MEMBER"),
)
"""From the top: at least so many messages, and the rank that they give."""


def rank_of(rank: str | None, is_banned: bool, messages: int) -> str:  # noqa: FBT001 - a column of the member
    """What stands under the name: a ban before all, then a rank set by hand, then the ladder."""
    if is_banned:
        return BANNED_RANK
    if rank:
        return rank
    return next((words for least, words in LADDER if messages >= least), LADDER[-1][1])
