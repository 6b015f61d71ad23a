"""Which page of a thread holds which numbers. Numbers never shift, so neither does the page of a post."""

from __future__ import annotations

from typing import Final

from tertulia_wire.limits import POSTS_PER_PAGE

MAX_PAGE: Final = 10**9
"""A page number beyond this names nothing, whatever the thread."""


def page_of(number: int) -> int:
    """The page, from 1, that holds the post with this number."""
    return (number - 1) // POSTS_PER_PAGE + 1


def first_number(page: int) -> int:
    """The lowest number that page can hold; the highest is ``first_number(page + 1) - 1``."""
    return (page - 1) * POSTS_PER_PAGE + 1


def page_count(last_number: int) -> int:
    """How many pages a thread has whose highest number is this; a thread without posts still has its first page."""
    return max(1, page_of(last_number))
