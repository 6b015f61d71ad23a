"""The largest run that still holds: doubled until it breaks, then halved in between, then the border looked at again.

One run is not proof: what breaks is looked at a second time before it counts, and so is the answer. Where two looks
differ, a third decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tertulia_client.errors import ClientError

PRECISION: Final = 0.1
"""The answer is known to a tenth of itself: a finer one would be the noise of one run."""

MAX_RUNS: Final = 48
LOOKS: Final = 2
"""Runs of a size that must agree."""


@dataclass(frozen=True, slots=True)
class Look:
    """A run of one size: what did not hold in it, and what was found of each condition. ``is_final``: no second look
    can find anything else, as where a size cannot begin."""

    broken: Sequence[str] = ()
    found: Mapping[str, str] = field(default_factory=dict)
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """A look, and of which size."""

    size: int
    look: Look


@dataclass(frozen=True, slots=True)
class Found:
    """``largest`` is 0 when not even the first size held; ``is_limited``: the search ended at the largest allowed."""

    largest: int
    tries: Sequence[Try]
    is_limited: bool = False
    smallest_broken: int = 0
    """The next size above that was tried; 0 when none broke."""

    def as_text(self, what: str) -> str:
        """A row for each run with what was found, and the answer."""
        columns = list(dict.fromkeys(name for one in self.tries for name in one.look.found))
        rows = [("", "look", *columns, "")]
        looks: dict[int, int] = {}
        for one in self.tries:
            looks[one.size] = looks.get(one.size, 0) + 1
            cells = (one.look.found.get(name, "-") for name in columns)
            rows.append((f"{one.size:,}", str(looks[one.size]), *cells, "; ".join(one.look.broken) or "holds"))
        widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]) - 1)]
        lines = ["  ".join([*map(str.rjust, row[:-1], widths), row[-1]]).rstrip() for row in rows]
        return "\n".join([*lines, "", self.answer(what)])

    def answer(self, what: str) -> str:
        """The interval in which the border is, and in how many looks."""
        if not self.largest:
            return f"It does not hold with {self.tries[0].size:,} {what}, the first size: begin with fewer."
        answer = f"It holds with {self.largest:,} {what} ({self._counted(self.largest)})"
        if self.smallest_broken:
            return f"{answer}, and not with {self.smallest_broken:,} ({self._counted(self.smallest_broken)})."
        return f"{answer}; that is the most that may be tried." if self.is_limited else f"{answer}."

    def _counted(self, size: int) -> str:
        looks = [one.look for one in self.tries if one.size == size]
        held = sum(not look.broken for look in looks)
        return (
            f"held in {held} of {len(looks)} looks" if len(looks) > 1 else f"{'held' if held else 'broke'} in one look"
        )

    def as_values(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "largest": self.largest,
            "smallest_broken": self.smallest_broken or None,
            "is_limited": self.is_limited,
            "runs": [
                {"size": one.size, "holds": not one.look.broken, "broken": list(one.look.broken), **one.look.found}
                for one in self.tries
            ],
        }


Attempt = Callable[[int], Awaitable[Look]]


async def find_largest(attempt: Attempt, *, first: int, most: int) -> Found:
    """``attempt`` runs one size. `ClientError` for a first size that cannot be."""
    if not 1 <= first <= most:
        raise ClientError(f"The search begins with 1 to {most:,}.")
    search = _Search()
    size: int | None = first
    while size is not None and len(search.tries) < MAX_RUNS:
        search.tries.append(Try(size, await attempt(size)))
        size = search.next_size(most)
    good, bad = search.border()
    return Found(good, search.tries, is_limited=not bad, smallest_broken=bad)


class _Search:
    """What has been seen so far, by size."""

    def __init__(self) -> None:
        self.tries: list[Try] = []

    def next_size(self, most: int) -> int | None:
        """None when all that is to be known is known."""
        good, bad = self.border()
        if bad and not self._is_sure(bad):
            return bad
        if not bad and good < most:
            return min(most, good * 2)
        if bad and bad - good > max(1, round(good * PRECISION)):
            return (good + bad) // 2
        return good if good and not self._is_sure(good) else None

    def border(self) -> tuple[int, int]:
        """The largest size that holds below the smallest that breaks, and that one; 0 for none."""
        sizes = {one.size for one in self.tries}
        bad = min((size for size in sizes if self._breaks(size)), default=0)
        good = max((size for size in sizes if not self._breaks(size) and (not bad or size < bad)), default=0)
        return good, bad

    def _is_sure(self, size: int) -> bool:
        """Two looks say the same, or one that nothing can change."""
        looks = self._looks(size)
        held = sum(not look.broken for look in looks)
        return any(look.is_final for look in looks) or max(held, len(looks) - held) >= LOOKS

    def _breaks(self, size: int) -> bool:
        """By most looks; while as many say this as that, another is needed, and it is not taken to hold."""
        looks = self._looks(size)
        return any(look.is_final for look in looks) or 2 * sum(bool(look.broken) for look in looks) >= len(looks)

    def _looks(self, size: int) -> Sequence[Look]:
        return [one.look for one in self.tries if one.size == size]
