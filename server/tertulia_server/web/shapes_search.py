"""Shapes of the part of the JSON API that searches."""

from __future__ import annotations

from typing import TypedDict

from tertulia_wire.data import PostData, ThreadData


class ExcerptPiece(TypedDict):
    """A part of an excerpt as plain text; ``is_found`` if it is a word that was looked for."""

    text: str
    is_found: bool


class FoundPostData(TypedDict):
    """A post that fits, its thread, and the part of its text that shows why."""

    post: PostData
    thread: ThreadData
    excerpt: list[ExcerptPiece]


class SearchData(TypedDict):
    """A page of what was found. ``threads`` have the words in their titles, on page 1 only.

    ``total`` counts the posts; with ``is_cut`` there are more than are ranked and counted.
    """

    threads: list[ThreadData]
    posts: list[FoundPostData]
    total: int
    is_cut: bool
    page: int
    page_count: int
