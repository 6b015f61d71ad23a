"""The words under a member's name: a ladder by messages, unless a hand set them."""

from __future__ import annotations

from typing import Final

BANNED_RANK: Final = "BANNED"

Ladder = tuple[tuple[int, str], ...]
"""From the top: at least so many messages, and the rank that they give. The last one begins at 0."""

MAX_RUNGS: Final = 50
MAX_RUNG_CHARS: Final = 40

LADDER: Final[Ladder] = (
    (5_000, "ELITE MEMBER"),
    (1_000, "SENIOR MEMBER"),
    (100, "FULL MEMBER"),
    (10, "MEMBER"),
    (0, "NEW MEMBER"),
)
"""The ladder of a forum that has not set its own."""


class _Standing:
    """The ladder of this process. It is the same for every card that the server renders, whoever asks."""

    ladder: Ladder = LADDER


def use_ladder(ladder: Ladder) -> None:
    """Let all cards be rendered with this one; said once, when the server starts."""
    _Standing.ladder = ladder


def parse_ladder(text: str) -> Ladder:
    """``0 NEW MEMBER, 10 MEMBER``, in any order; nothing is `LADDER`. ``ValueError`` says what is wrong."""
    rungs: dict[int, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        least, _, words = part.partition(" ")
        words = " ".join(words.split())
        if not (least.isascii() and least.isdecimal() and len(least) <= 9 and 1 <= len(words) <= MAX_RUNG_CHARS):
            raise ValueError(f"{part!r} is not a number of messages and a rank of 1 to {MAX_RUNG_CHARS} characters")
        rungs[int(least)] = words
    if rungs and (0 not in rungs or len(rungs) > MAX_RUNGS):
        raise ValueError(f"a ladder has 1 to {MAX_RUNGS} ranks, and one of them begins at 0 messages")
    return tuple(sorted(rungs.items(), reverse=True)) or LADDER


def rank_of(rank: str | None, is_banned: bool, messages: int) -> str:  # noqa: FBT001 - a column of the member
    """What stands under the name: a ban before all, then a rank set by hand, then the ladder."""
    if is_banned:
        return BANNED_RANK
    if rank:
        return rank
    ladder = _Standing.ladder
    return next((words for least, words in ladder if messages >= least), ladder[-1][1])
