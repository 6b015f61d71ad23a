"""Rendering the text of a post without holding up everybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from tertulia_server.forum.mention_names import Mentioned
from tertulia_server.forum.mentions import find_mentions
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import render_post
from tertulia_server.store.mentions import find_mentioned
from tertulia_server.store.port import Store

P = ParamSpec("P")
T = TypeVar("T")

MAX_INLINE_CHARS: Final = 2_000
"""Longer texts are rendered in a thread: 20,000 characters of brackets were seen to take 160 ms, in which no event
would reach anybody. A text of this length takes a few milliseconds at worst, about what a switch of threads costs."""


async def render_markdown(store: Store, text: str) -> str:
    """The HTML of a text that was checked: what is posted, and before that what a preview shows."""
    known = await _find_mentioned(store, text) if "@" in text else {}
    return await _run(text, render_post, text, TextFormat.MARKDOWN, known)


async def _find_mentioned(store: Store, text: str) -> dict[str, Mentioned]:
    mentions = await _run(text, find_mentions, text)
    names = {name for names in mentions for name in names}
    return await store.read(find_mentioned, names) if names else {}


async def _run(text: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    if len(text) <= MAX_INLINE_CHARS:
        return function(*args, **kwargs)
    return await asyncio.to_thread(function, *args, **kwargs)
