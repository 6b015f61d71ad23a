"""Which page numbers a list of pages shows. The page's script draws the same list when a page is added."""

from __future__ import annotations

from typing import Final

from tertulia_server.forum.pages import page_count
from tertulia_wire.data import ThreadData

_AROUND: Final = 2
_TAIL: Final = 3


def page_numbers(page: int, last: int) -> list[int | None]:
    """The first, the last, and two on each side of ``page``; None where pages were left out.

    A gap of a single page shows that page instead.
    """
    shown = {1, last, *range(page - _AROUND, page + _AROUND + 1)}
    result: list[int | None] = []
    before = 0
    for number in sorted(number for number in shown if 1 <= number <= last):
        if number - before == 2:
            result.append(number - 1)
        elif number - before > 2:
            result.append(None)
        result.append(number)
        before = number
    return result


def tail_pages(thread: ThreadData) -> list[int]:
    """The last few pages of a thread but for the first, as a thread list links them."""
    last = page_count(thread["last_number"])
    return list(range(max(2, last - _TAIL + 1), last + 1))
