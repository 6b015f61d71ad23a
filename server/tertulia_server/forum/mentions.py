"""Whom a post calls by name, and whose posts it quotes; parsed here for links and notifications alike.

``@name`` mentions a member. Names may have spaces and marks in them, so what follows an ``@`` could be several names;
the longest that somebody has is meant. Code, links and quotes mention nobody: a quote repeats what was said before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from markdown_it.token import Token

from tertulia_server.forum.mention_names import find_named, mentions_in
from tertulia_server.forum.text import parse_markdown

MAX_MENTIONS: Final = 20
"""Members that one post can mention; further ones are plain words."""

MAX_QUOTED_POSTS: Final = 20

_POST_LINK: Final = re.compile(r"(?:https?://[^/\s]+)?/posts/([1-9][0-9]{0,17})", re.ASCII)

T = TypeVar("T")


def find_mentions(text: str) -> list[tuple[str, ...]]:
    """Of each ``@`` of a Markdown text, in order: the names that it could mean, the longest first."""
    if "@" not in text and "&" not in text:  # an entity may stand for it
        return []  # most posts: parsing is the dearest step of those that tell whom a post concerns
    words = (child.content for child in _spoken(parse_markdown(text)) if child.type == "text")
    return list(_first(MAX_MENTIONS, (names for content in words for _, names in mentions_in(content))))


def choose_mentioned(mentions: Iterable[tuple[str, ...]], by_key: Mapping[str, T]) -> list[T]:
    """For each mention the member that is meant, each once; ``by_key`` has those that are there by `name_key`."""
    chosen = (find_named(names, by_key) for names in mentions)
    return list(dict.fromkeys(found for found in chosen if found is not None))


def find_quoted_posts(text: str) -> list[int]:
    """The ids of the posts that quotes in a Markdown text link back to, each once."""
    if ">" not in text:
        return []
    depth = 0
    found: list[int] = []
    for token in parse_markdown(text):
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if depth:
            found += [int(match[1]) for match in map(_POST_LINK.fullmatch, _link_targets(token)) if match]
    return list(dict.fromkeys(found))[:MAX_QUOTED_POSTS]


def _spoken(tokens: Iterable[Token]) -> Iterator[Token]:
    """The inline parts outside quotes and links."""
    quotes = 0
    for token in tokens:
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type != "inline" or quotes:
            continue
        links = 0
        for child in token.children or ():
            links += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if not links:
                yield child


def _link_targets(token: Token) -> Iterator[str]:
    for child in token.children or ():
        if child.type == "link_open":
            yield str(child.attrs.get("href", ""))


def _first(count: int, items: Iterable[T]) -> Iterator[T]:
    return (item for _, item in zip(range(count), items, strict=False))
